import { routes } from '@neonhub/contract'
import { listMembers as list } from '../../../../identity/index.ts'
import { implement } from '../../../implement.ts'
import { toMember } from '../../../to-member.ts'

export const listMembers = implement(routes.listMembers)(async ({ parts, organization }) => {
  const members = await list(parts.database, organization().id)
  return { status: 200, body: { members: members.map(toMember) } }
})
