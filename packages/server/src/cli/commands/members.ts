import { type Member, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { formatTable } from '../print/format.ts'
import { parseId } from '../parse-id.ts'
import type { Terminal } from '../terminal.ts'

/** Prints who belongs to the organization. */
export async function listMembers(client: ApiClient, terminal: Terminal): Promise<void> {
  const { members } = await client.call(routes.listMembers)
  if (terminal.isJson) return terminal.print(JSON.stringify(members))
  const rows = members.map(({ email, name, roles, twoFactor, id }) => [
    email,
    name,
    roles.join(' '),
    twoFactor ? 'yes' : pc.yellow('no'),
    id,
  ])
  terminal.print(formatTable([['EMAIL', 'NAME', 'ROLES', 'SECOND FACTOR', 'ID'], ...rows]))
}

/** The member that a person names by address, or by the id of member or user. Throws `cli.member_unknown`. */
export async function getMember(client: ApiClient, named: string): Promise<Member> {
  const { members } = await client.call(routes.listMembers)
  const isNamed = ({ id, userId, email }: Member) =>
    id === named || userId === named || email.toLowerCase() === named.toLowerCase()
  const member = members.find(isNamed)
  if (member) return member
  throw new NeonHubError('cli.member_unknown', `No member has the address or id ${named}`, {
    kind: 'not_found',
    hint: 'neonhub members lists them.',
  })
}

/** Gives a member another role. */
export async function setMemberRole(
  client: ApiClient,
  terminal: Terminal,
  { member: named, role }: { readonly member: string; readonly role: string },
): Promise<void> {
  const { id } = await getMember(client, named)
  const member = await client.call(routes.changeMemberRole, { params: { id }, body: { role } })
  terminal.print(terminal.isJson ? JSON.stringify(member) : `${member.email} is ${pc.bold(role)} from now on.`)
}

/** Removes a member, with the member's keys. */
export async function removeMember(client: ApiClient, terminal: Terminal, named: string): Promise<void> {
  const { id, email } = await getMember(client, named)
  const removed = await client.call(routes.removeMember, { params: { id } })
  if (terminal.isJson) return terminal.print(JSON.stringify(removed))
  const keys = removed.revokedKeys === 1 ? '1 key' : `${removed.revokedKeys} keys`
  terminal.print(`${email} is let in no more; ${keys} revoked, ${removed.cancelledInvitations} invitations taken back.`)
}

/** Asks an address to join and prints the secret of the link, this once. */
export async function inviteMember(
  client: ApiClient,
  terminal: Terminal,
  body: { readonly email: string; readonly role: string },
): Promise<void> {
  const created = await client.call(routes.createInvitation, { body })
  if (terminal.isJson) return terminal.print(JSON.stringify(created))
  const { invitation, token } = created
  terminal.print(
    [
      `${invitation.email} may join as ${pc.bold(invitation.role)} until ${invitation.expiresAt}, by the page`,
      `  /join?email=${encodeURIComponent(invitation.email)}&token=${pc.bold(token)}`,
      pc.dim('It is shown this once. Send it to that address alone.'),
    ].join('\n'),
  )
}

export async function listInvitations(client: ApiClient, terminal: Terminal): Promise<void> {
  const { invitations } = await client.call(routes.listInvitations)
  if (terminal.isJson) return terminal.print(JSON.stringify(invitations))
  const rows = invitations.map(({ email, role, status, expiresAt, id }) => [email, role, status, expiresAt, id])
  terminal.print(formatTable([['EMAIL', 'ROLE', 'STATUS', 'EXPIRES', 'ID'], ...rows]))
}

export async function revokeInvitation(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const invitation = await client.call(routes.revokeInvitation, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(invitation))
  terminal.print(`The invitation of ${invitation.email} is ${invitation.status}.`)
}

/** Lets in only members with a second factor, or all of them again. */
export async function requireTwoFactor(client: ApiClient, terminal: Terminal, isRequired: boolean): Promise<void> {
  const { name, timeZone } = await client.call(routes.getOrganization)
  const organization = await client.call(routes.updateOrganization, {
    body: { name, timeZone, requireTwoFactor: isRequired },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(organization))
  terminal.print(
    isRequired
      ? `${name} lets in only members with a second factor. Keys for programs go on.`
      : `${name} asks for no second factor.`,
  )
}
