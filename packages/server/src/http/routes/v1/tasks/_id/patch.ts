import { routes } from '@neonhub/contract'
import { asId } from '../../../../../base/ids.ts'
import { isMember } from '../../../../../identity/index.ts'
import { changeTask as change, findTask } from '../../../../../tasks/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toTask } from '../../../../to-task.ts'

export const changeTask = implement(routes.changeTask)(async (call) => {
  const { parts, params, body, caller, organization, inTenant, audit } = call
  const { title, description, status, priority } = body
  const assigneeId = typeof body.assigneeId === 'string' ? asId<'user'>(body.assigneeId) : body.assigneeId
  const dueAt = typeof body.dueAt === 'string' ? new Date(body.dueAt) : body.dueAt
  const task = await inTenant(async (tx) => {
    if (typeof assigneeId === 'string' && !(await isMember(tx, assigneeId))) orNotFound(undefined, 'member')
    const wanted = { title, description, status, priority, assigneeId, dueAt }
    if (!(await change(tx, { id: params.id, by: caller.name, ...wanted }))) return undefined
    // The log says which texts were worded anew; how they read stands in the task.
    const { title: _title, description: _description, ...states } = body
    const reworded = (['title', 'description'] as const).filter((name) => body[name] !== undefined)
    await audit(tx, { subject: `task:${params.id}`, detail: { ...states, reworded } })
    return findTask(tx, params.id)
  })
  return { status: 200, body: await toTask({ database: parts.database, organizationId: organization().id }, task) }
})
