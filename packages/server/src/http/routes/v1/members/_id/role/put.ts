import { routes } from '@neonhub/contract'
import { changeMemberRole as change, findMember } from '../../../../../../identity/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toMember } from '../../../../../to-member.ts'

export const changeMemberRole = implement(routes.changeMemberRole)(async ({ parts, params, body, caller, ...call }) => {
  const { id } = params
  await call.inTenant(async (tx) => {
    const { before } = orNotFound(await change(tx, { actor: caller, id, role: body.role }), 'member')
    await call.audit(tx, { subject: `member:${id}`, detail: { role: body.role, before } })
  })
  const member = await findMember(parts.database, { organizationId: call.organization().id, id })
  return { status: 200, body: toMember(orNotFound(member, 'member')) }
})
