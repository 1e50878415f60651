import type { Task } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { OrganizationId } from '../base/ids.ts'
import type { Database } from '../db/index.ts'
import { listMembers } from '../identity/index.ts'
import type { Task as Stored } from '../tasks/index.ts'
import { orNotFound } from './lists.ts'

/** Tasks as the contract shows them, with the names of who is to do them. Members are read only where one is named. */
export async function toTasks(
  { database, organizationId }: { readonly database: Database; readonly organizationId: OrganizationId },
  tasks: readonly Stored[],
): Promise<Task[]> {
  const isAssigned = tasks.some(({ assigneeId }) => assigneeId !== null)
  const members = isAssigned ? await listMembers(database, organizationId) : []
  const names = new Map(members.map(({ userId, name }) => [userId, name]))
  return tasks.map(({ assigneeId, dueAt, completedAt, createdAt, updatedAt, ...task }) => {
    // Whoever left since the task was read has none any more.
    const name = assigneeId === null ? undefined : names.get(assigneeId)
    return {
      ...compact(task),
      ...(assigneeId === null || name === undefined ? {} : { assignee: { userId: assigneeId, name } }),
      ...compact({ dueAt: dueAt?.toISOString(), completedAt: completedAt?.toISOString() }),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    }
  })
}

/** One of them. Throws `http.not_found` where there is none. */
export async function toTask(parts: Parameters<typeof toTasks>[0], task: Stored | undefined): Promise<Task> {
  const [shown] = await toTasks(parts, [orNotFound(task, 'task')])
  return orNotFound(shown, 'task')
}
