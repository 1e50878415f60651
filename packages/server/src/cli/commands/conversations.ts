import { type ConversationDetail, type Message, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { z } from 'zod'
import { compact } from '../../base/compact.ts'
import type { ApiClient } from '../client.ts'
import { followRun } from '../follow-run.ts'
import { parseId } from '../parse-id.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { showRun } from './run.ts'

export async function listConversations(
  client: ApiClient,
  terminal: Terminal,
  { status }: { readonly status: 'open' | 'closed' | undefined },
): Promise<void> {
  const page = await client.call(routes.listConversations, { query: { status, limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.conversations.length === 0) {
    return terminal.print('No conversations. Try: npx neonhub conversations start --brand SLUG --message TEXT --answer')
  }
  const rows = page.conversations.map((one) => [
    one.id,
    one.updatedAt.slice(0, 16).replace('T', ' '),
    one.brand,
    one.status,
    `${one.messages}`,
    plainText(one.subject),
  ])
  terminal.print(formatTable([['CONVERSATION', 'NEWEST (UTC)', 'BRAND', 'STATUS', 'MESSAGES', 'SUBJECT'], ...rows]))
}

export async function showConversation(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  print(terminal, await client.call(routes.getConversation, { params: { id: parseId(id) } }))
}

const Answered = z.looseObject({ needsPerson: z.boolean(), reason: z.string(), taskId: z.string().optional() })

/** What is said, and whether SupportAgent is asked to answer it. */
export interface Said {
  readonly message: string
  readonly answer: boolean
}

/** Begins a conversation with what is asked first. */
export async function startConversation(
  client: ApiClient,
  terminal: Terminal,
  {
    brand,
    subject,
    person,
    ...said
  }: Said & { readonly brand: string; readonly subject: string; readonly person?: string },
): Promise<boolean> {
  const personId = person === undefined ? undefined : parseId(person)
  const detail = await client.call(routes.createConversation, {
    body: { brand, subject, message: said.message, ...compact({ personId }) },
  })
  return answer(client, terminal, { detail, isAsked: said.answer })
}

/** Adds what somebody asks, or with `as: 'us'` what the organization answers. */
export async function say(
  client: ApiClient,
  terminal: Terminal,
  { id, us, ...said }: Said & { readonly id: string; readonly us: boolean },
): Promise<boolean> {
  const detail = await client.call(routes.addMessage, {
    params: { id: parseId(id) },
    body: { role: us ? 'assistant' : 'user', body: said.message },
  })
  return answer(client, terminal, { detail, isAsked: said.answer })
}

async function answer(
  client: ApiClient,
  terminal: Terminal,
  { detail, isAsked }: { readonly detail: ConversationDetail; readonly isAsked: boolean },
): Promise<boolean> {
  const { conversation } = detail
  if (!isAsked) {
    print(terminal, detail)
    return true
  }
  const { id } = await client.call(routes.startRun, {
    body: {
      agent: 'SupportAgent',
      intent: 'support',
      brand: conversation.brand,
      input: { conversationId: conversation.id },
    },
  })
  const run = await followRun(client, id, terminal.note)
  if (run.status !== 'succeeded') return showRun(client, terminal, { run, out: undefined })
  await showConversation(client, terminal, conversation.id)
  const { needsPerson, reason, taskId } = Answered.parse(run.output)
  if (needsPerson) terminal.note(pc.yellow(`A person should answer: ${plainText(reason)}`))
  if (taskId !== undefined) terminal.note(`npx neonhub tasks show ${taskId}`)
  return true
}

export async function setConversationStatus(
  client: ApiClient,
  terminal: Terminal,
  { id, status }: { readonly id: string; readonly status: 'open' | 'closed' },
): Promise<void> {
  print(terminal, await client.call(routes.setConversationStatus, { params: { id: parseId(id) }, body: { status } }))
}

function print(terminal: Terminal, detail: ConversationDetail): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(detail))
  const { conversation, messages } = detail
  const subject = conversation.subject === '' ? '' : `  ${plainText(conversation.subject)}`
  terminal.print(`${pc.bold(conversation.id)}  ${conversation.brand}, ${conversation.status}${subject}`)
  for (const message of messages) terminal.print(formatMessage(message))
}

function formatMessage({ role, author, body, citations, createdAt }: Message): string {
  const who = role === 'user' ? pc.cyan('asked') : pc.green('answered')
  const passages = citations.map(({ source, path, heading }) =>
    pc.dim(`  [${source}] ${path}${heading === '' ? '' : `: ${heading}`}`),
  )
  const head = `${who} ${pc.dim(`by ${author}, ${createdAt.slice(0, 16).replace('T', ' ')}`)}`
  return ['', head, plainText(body), ...passages].join('\n')
}
