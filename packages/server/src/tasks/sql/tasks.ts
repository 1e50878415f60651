import { asId, type BrandId, newId, type RunId, type UserId } from '../../base/ids.ts'
import type { JsonObject } from '../../base/json.ts'
import type { TenantTx } from '../../db/index.ts'
import { tellMembers } from '../../notifications/index.ts'

export type TaskStatus = 'open' | 'in_progress' | 'done' | 'cancelled'
export type TaskPriority = 'low' | 'normal' | 'high'

/** A piece of work for a person of the organization. */
export interface Task {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly status: TaskStatus
  readonly priority: TaskPriority
  /** Slug. */
  readonly brand: string | null
  readonly assigneeId: UserId | null
  readonly dueAt: Date | null
  readonly runId: string | null
  readonly conversationId: string | null
  readonly createdBy: string
  readonly completedAt: Date | null
  readonly completedBy: string | null
  readonly createdAt: Date
  readonly updatedAt: Date
}

const select = (tx: TenantTx) =>
  tx
    .selectFrom('tasks as t')
    .leftJoin('brands as b', (join) =>
      join.onRef('b.organization_id', '=', 't.organization_id').onRef('b.id', '=', 't.brand_id'),
    )
    .select([
      't.id',
      't.title',
      't.description',
      't.status',
      't.priority',
      'b.slug as brand',
      't.assignee_id as assigneeId',
      't.due_at as dueAt',
      't.run_id as runId',
      't.conversation_id as conversationId',
      't.created_by as createdBy',
      't.completed_at as completedAt',
      't.completed_by as completedBy',
      't.created_at as createdAt',
      't.updated_at as updatedAt',
    ])
    .where('t.organization_id', '=', tx.organizationId)

type Row = Awaited<ReturnType<ReturnType<typeof select>['execute']>>[number]

const toTask = (row: Row): Task => ({ ...row, assigneeId: row.assigneeId === null ? null : asId(row.assigneeId) })

export interface TaskFilter {
  /** `unfinished`: open or in progress. */
  readonly status?: TaskStatus | 'unfinished' | undefined
  /** Null for what is anybody's. */
  readonly assigneeId?: UserId | null | undefined
  /** Slug. */
  readonly brand?: string | undefined
  /** Older than this id. */
  readonly before?: string | undefined
  readonly limit: number
}

/** The organization's tasks, newest first: at most `limit`. */
export async function listTasks(tx: TenantTx, filter: TaskFilter): Promise<readonly Task[]> {
  const { status, assigneeId, brand, before, limit } = filter
  let query = select(tx).orderBy('t.id', 'desc').limit(limit)
  if (status === 'unfinished') query = query.where('t.status', 'in', ['open', 'in_progress'])
  else if (status !== undefined) query = query.where('t.status', '=', status)
  if (assigneeId === null) query = query.where('t.assignee_id', 'is', null)
  else if (assigneeId !== undefined) query = query.where('t.assignee_id', '=', assigneeId)
  if (brand !== undefined) query = query.where('b.slug', '=', brand)
  if (before !== undefined) query = query.where('t.id', '<', before)
  return (await query.execute()).map(toTask)
}

/** A task by its id; undefined where there is none in this organization. */
export async function findTask(tx: TenantTx, id: string): Promise<Task | undefined> {
  const row = await select(tx).where('t.id', '=', id).executeTakeFirst()
  return row && toTask(row)
}

export interface NewTask {
  readonly title: string
  readonly description: string
  readonly priority: TaskPriority
  readonly brandId?: BrandId | undefined
  readonly assigneeId?: UserId | undefined
  readonly dueAt?: Date | undefined
  readonly conversationId?: string | undefined
}

const valuesOf = (tx: TenantTx, task: NewTask) => ({
  organization_id: tx.organizationId,
  id: newId(),
  title: task.title,
  description: task.description,
  priority: task.priority,
  brand_id: task.brandId ?? null,
  assignee_id: task.assigneeId ?? null,
  due_at: task.dueAt ?? null,
  conversation_id: task.conversationId ?? null,
})

/** Writes down a task that a person made, and returns its id. Brand, assignee and conversation are the organization's. */
export async function createTask(tx: TenantTx, task: NewTask & { readonly createdBy: string }): Promise<string> {
  const { id } = await tx
    .insertInto('tasks')
    .values({ ...valuesOf(tx, task), created_by: task.createdBy })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** What a run leaves to people. */
export interface HandedOver extends NewTask {
  readonly runId: RunId
  readonly stepKey: string
  /** Names and states that the notification says: which agent. Nothing that agents or outsiders wrote. */
  readonly facts: JsonObject
}

/**
 * Writes down what a run leaves to people, and tells the members, once for each step of the run. Returns the id of the
 * task, of the earlier one where the step had written it.
 */
export async function handOver(tx: TenantTx, { runId, stepKey, facts, ...task }: HandedOver): Promise<string> {
  const written = await tx
    .insertInto('tasks')
    .values({ ...valuesOf(tx, task), created_by: `run:${runId}`, run_id: runId, step_key: stepKey })
    .onConflict((conflict) => conflict.columns(['organization_id', 'run_id', 'step_key']).doNothing())
    .returning('id')
    .executeTakeFirst()
  if (written) {
    await tellMembers(tx, 'task_handed_over', { subjectId: written.id, facts })
    return written.id
  }
  const earlier = await tx
    .selectFrom('tasks')
    .select('id')
    .where('organization_id', '=', tx.organizationId)
    .where('run_id', '=', runId)
    .where('step_key', '=', stepKey)
    .executeTakeFirstOrThrow()
  return earlier.id
}
