import { type ChangeTask, type Task, type TaskPriority, type TaskStatus, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { getMember } from './members.ts'

export interface TaskListOptions {
  readonly status: TaskStatus | 'unfinished' | undefined
  /** `me`, `none`, or a member's address or id. */
  readonly assignee: string | undefined
  readonly brand: string | undefined
}

/** Prints work for people, newest first. */
export async function listTasks(client: ApiClient, terminal: Terminal, options: TaskListOptions): Promise<void> {
  const { status, brand, assignee: named } = options
  const isWord = named === undefined || named === 'me' || named === 'none'
  const assignee = isWord ? named : (await getMember(client, named)).userId
  const page = await client.call(routes.listTasks, { query: { ...compact({ status, brand, assignee }), limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.tasks.length === 0) return terminal.print('No tasks. Try: npx neonhub tasks create --title TEXT')
  const rows = page.tasks.map((task) => [
    task.id,
    formatStatus(task.status),
    task.priority,
    task.assignee === undefined ? 'anybody' : plainText(task.assignee.name),
    task.dueAt === undefined ? '' : minuteOf(task.dueAt),
    cut(plainText(task.title)),
  ])
  terminal.print(formatTable([['TASK', 'STATUS', 'PRIORITY', 'WHO', 'DUE (UTC)', 'TITLE'], ...rows]))
  if (page.nextBefore !== undefined) terminal.note('These are the newest 100.')
}

export interface NewTaskOptions {
  readonly title: string
  readonly description: string
  readonly priority: TaskPriority
  readonly brand?: string
  /** A member's address or id. */
  readonly assignee?: string
  readonly due?: string
  readonly conversation?: string
}

export async function createTask(client: ApiClient, terminal: Terminal, options: NewTaskOptions): Promise<void> {
  const { title, description, priority, brand, assignee, due: dueAt, conversation } = options
  const assigneeId = assignee === undefined ? undefined : (await getMember(client, assignee)).userId
  const conversationId = conversation === undefined ? undefined : parseId(conversation)
  const rest = compact({ brand, assigneeId, dueAt, conversationId })
  print(terminal, await client.call(routes.createTask, { body: { title, description, priority, ...rest } }))
}

export async function showTask(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  print(terminal, await client.call(routes.getTask, { params: { id: parseId(id) } }))
}

export interface TaskUpdateOptions extends Pick<ChangeTask, 'title' | 'description' | 'status' | 'priority'> {
  /** A member's address or id; `none` for anybody. */
  readonly assignee?: string | undefined
  /** `none` for at no certain time. */
  readonly due?: string | undefined
}

/** Changes what is named; the rest stays. */
export async function updateTask(
  client: ApiClient,
  terminal: Terminal,
  { id, assignee, due, ...body }: TaskUpdateOptions & { readonly id: string },
): Promise<void> {
  const params = { id: parseId(id) }
  const assigned =
    assignee === undefined
      ? {}
      : { assigneeId: assignee === 'none' ? null : (await getMember(client, assignee)).userId }
  const timed = due === undefined ? {} : { dueAt: due === 'none' ? null : due }
  print(terminal, await client.call(routes.changeTask, { params, body: { ...body, ...assigned, ...timed } }))
}

function print(terminal: Terminal, task: Task): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(task))
  const { id, title, description, status, priority, brand, assignee, dueAt, createdBy, createdAt } = task
  terminal.print(`${pc.bold(id)}  ${formatStatus(status)}, ${priority} priority`)
  terminal.print(pc.bold(plainText(title)))
  const parts = [
    `for ${assignee === undefined ? 'anybody' : plainText(assignee.name)}`,
    ...(dueAt === undefined ? [] : [`due ${minuteOf(dueAt)}`]),
    ...(brand === undefined ? [] : [`about ${brand}`]),
    `by ${createdBy}, ${minuteOf(createdAt)}`,
    ...(task.completedAt === undefined ? [] : [`ended by ${task.completedBy}, ${minuteOf(task.completedAt)}`]),
  ]
  terminal.print(pc.dim(parts.join('; ')))
  if (description !== '') terminal.print(plainText(description))
  if (task.conversationId !== undefined) terminal.print(`npx neonhub conversations show ${task.conversationId}`)
  if (task.runId !== undefined) terminal.print(`npx neonhub runs show ${task.runId}`)
}

const minuteOf = (moment: string) => moment.slice(0, 16).replace('T', ' ')

const cut = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}
