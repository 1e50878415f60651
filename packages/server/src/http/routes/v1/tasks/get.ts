import { routes } from '@neonhub/contract'
import { asId, type UserId } from '../../../../base/ids.ts'
import type { Caller } from '../../../../identity/index.ts'
import { listTasks as list } from '../../../../tasks/index.ts'
import { implement } from '../../../implement.ts'
import { toPage } from '../../../lists.ts'
import { toTasks } from '../../../to-task.ts'
import { userOf } from '../../../user-of.ts'

export const listTasks = implement(routes.listTasks)(async ({ parts, query, caller, organization, inTenant }) => {
  const { assignee, ...filter } = query
  const assigneeId = assigneeOf(caller, assignee)
  const rows = await inTenant((tx) => list(tx, { ...filter, assigneeId, limit: query.limit + 1 }))
  const { items, nextBefore } = toPage(rows, query.limit)
  const tasks = await toTasks({ database: parts.database, organizationId: organization().id }, items)
  return { status: 200, body: { tasks, nextBefore } }
})

/** Whose tasks are asked for; null for nobody's, undefined for everybody's. */
function assigneeOf(caller: Caller, assignee: string | undefined): UserId | null | undefined {
  if (assignee === 'me') return userOf(caller).id
  if (assignee === 'none') return null
  return assignee === undefined ? undefined : asId<'user'>(assignee)
}
