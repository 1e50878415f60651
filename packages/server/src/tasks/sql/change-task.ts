import type { UserId } from '../../base/ids.ts'
import { sql, type TenantTx } from '../../db/index.ts'
import { resolveNotifications } from '../../notifications/index.ts'
import type { TaskPriority, TaskStatus } from './tasks.ts'

/** What is undefined stays. */
export interface TaskChange {
  readonly title?: string | undefined
  readonly description?: string | undefined
  readonly status?: TaskStatus | undefined
  readonly priority?: TaskPriority | undefined
  /** Null: anybody's. */
  readonly assigneeId?: UserId | null | undefined
  /** Null: at no certain time. */
  readonly dueAt?: Date | null | undefined
}

/**
 * Changes a task. Who ends it is kept with the moment; ending it once more keeps the first, and opening it again forgets
 * them. Once somebody has taken it, or it is over, the others need not look any more. False where there is none.
 */
export async function changeTask(
  tx: TenantTx,
  { id, by, ...change }: TaskChange & { readonly id: string; readonly by: string },
): Promise<boolean> {
  const { title, description, status, priority, assigneeId, dueAt } = change
  const changed = await tx
    .updateTable('tasks')
    .set({
      updated_at: sql<Date>`clock_timestamp()`,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(priority === undefined ? {} : { priority }),
      ...(assigneeId === undefined ? {} : { assignee_id: assigneeId }),
      ...(dueAt === undefined ? {} : { due_at: dueAt }),
      ...(status === undefined ? {} : { status, ...endOf(status, by) }),
    })
    .where('organization_id', '=', tx.organizationId)
    .where('id', '=', id)
    .returning(['status', 'assignee_id'])
    .executeTakeFirst()
  if (!changed) return false
  if (changed.status !== 'open' || changed.assignee_id !== null) {
    await resolveNotifications(tx, ['task_handed_over'], id)
  }
  return true
}

/** The columns of a task's end. On the right of a `set` they are what they were before. */
function endOf(status: TaskStatus, by: string) {
  if (status === 'open' || status === 'in_progress') return { completed_at: null, completed_by: null }
  return {
    completed_at: sql<Date>`case when status = ${status}::task_status then completed_at else clock_timestamp() end`,
    completed_by: sql<string>`case when status = ${status}::task_status then completed_by else ${by} end`,
  }
}
