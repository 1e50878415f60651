import { routes } from '@neonhub/contract'
import { asId } from '../../../../base/ids.ts'
import { isMember } from '../../../../identity/index.ts'
import { findBrand, findConversation } from '../../../../knowledge/index.ts'
import { createTask as create, findTask } from '../../../../tasks/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toTask } from '../../../to-task.ts'

export const createTask = implement(routes.createTask)(async (call) => {
  const { parts, body, caller, organization, inTenant, audit } = call
  const { title, description, priority, brand: slug, assigneeId, conversationId } = body
  const dueAt = body.dueAt === undefined ? undefined : new Date(body.dueAt)
  const task = await inTenant(async (tx) => {
    const brand = slug === undefined ? undefined : orNotFound(await findBrand(tx, slug), 'brand')
    if (conversationId !== undefined) orNotFound(await findConversation(tx, conversationId), 'conversation')
    const assignee = assigneeId === undefined ? undefined : asId<'user'>(assigneeId)
    if (assignee !== undefined && !(await isMember(tx, assignee))) orNotFound(undefined, 'member')
    const about = { brandId: brand && asId<'brand'>(brand.id), conversationId, assigneeId: assignee }
    const id = await create(tx, { title, description, priority, dueAt, ...about, createdBy: caller.name })
    const detail = { priority, ...(slug === undefined ? {} : { brand: slug }), ...(assigneeId ? { assigneeId } : {}) }
    await audit(tx, { subject: `task:${id}`, detail })
    return findTask(tx, id)
  })
  return { status: 201, body: await toTask({ database: parts.database, organizationId: organization().id }, task) }
})
