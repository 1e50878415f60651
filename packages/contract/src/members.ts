import { z } from 'zod'
import { Organization } from './identity.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams, Moment, Slug } from './values.ts'

export const Member = z.object({
  id: Id,
  userId: Id,
  name: z.string(),
  email: z.string(),
  /** Names of roles, as `listRoles` has them; together they allow what each of them does. */
  roles: z.array(z.string()),
  twoFactor: z.boolean(),
  createdAt: Moment,
})
export type Member = z.output<typeof Member>

export const Invitation = z.object({
  id: Id,
  email: z.string(),
  role: z.string(),
  status: z.enum(['pending', 'accepted', 'rejected', 'canceled', 'expired']),
  createdAt: Moment,
  expiresAt: Moment,
})
export type Invitation = z.output<typeof Invitation>

export const CreatedInvitation = z.object({
  invitation: Invitation,
  /** What the invited person makes an account with, unless there is one. It is shown this once and kept nowhere. */
  token: z.string(),
})

/** The name of one role, built-in or the organization's own. */
export const RoleName = Slug.min(1)

export const listMembers = defineRoute({
  id: 'listMembers',
  method: 'get',
  path: '/v1/members',
  tag: 'members',
  summary: 'Who belongs to the organization, in which roles, oldest first',
  request: {},
  responses: { 200: { description: 'The members', schema: z.object({ members: z.array(Member) }) } },
  permission: 'members:read',
  audit: null,
})

export const changeMemberRole = defineRoute({
  id: 'changeMemberRole',
  method: 'put',
  path: '/v1/members/{id}/role',
  tag: 'members',
  summary: 'Gives a member another role; nobody gives what they lack, and the last owner stays one',
  request: { params: IdParams, body: z.strictObject({ role: RoleName }) },
  responses: { 200: { description: 'The member as it is now', schema: Member } },
  permission: 'members:manage',
  audit: 'member.role_changed',
})

export const removeMember = defineRoute({
  id: 'removeMember',
  method: 'delete',
  path: '/v1/members/{id}',
  tag: 'members',
  summary: "Removes a member at once, with the member's keys and open invitations; the last owner stays",
  request: { params: IdParams },
  responses: {
    200: {
      description: 'What went with the member',
      schema: z.object({ revokedKeys: z.int(), cancelledInvitations: z.int() }),
    },
  },
  permission: 'members:manage',
  audit: 'member.removed',
})

export const leaveOrganization = defineRoute({
  id: 'leaveOrganization',
  method: 'post',
  path: '/v1/organization/leave',
  tag: 'members',
  summary: 'Leaves the organization that the request acts in; the last owner cannot',
  request: {},
  responses: {
    200: {
      description: 'What went with the member',
      schema: z.object({ revokedKeys: z.int(), cancelledInvitations: z.int() }),
    },
  },
  permission: 'signed-in',
  audit: 'member.left',
})

export const listInvitations = defineRoute({
  id: 'listInvitations',
  method: 'get',
  path: '/v1/invitations',
  tag: 'members',
  summary: 'Who was asked to join, newest first, at most the last 200',
  request: {},
  responses: { 200: { description: 'The invitations', schema: z.object({ invitations: z.array(Invitation) }) } },
  permission: 'members:read',
  audit: null,
})

export const createInvitation = defineRoute({
  id: 'createInvitation',
  method: 'post',
  path: '/v1/invitations',
  tag: 'members',
  summary: 'Asks an address to join in a role, in the place of an open invitation of the same address',
  request: { body: z.strictObject({ email: z.email().max(320), role: RoleName }) },
  responses: { 201: { description: 'The invitation with its secret', schema: CreatedInvitation } },
  permission: 'members:manage',
  audit: 'member.invited',
})

export const revokeInvitation = defineRoute({
  id: 'revokeInvitation',
  method: 'delete',
  path: '/v1/invitations/{id}',
  tag: 'members',
  summary: 'Takes an open invitation back',
  request: { params: IdParams },
  responses: { 200: { description: 'The invitation as it is now', schema: Invitation } },
  permission: 'members:manage',
  audit: 'invitation.cancelled',
})

export const listMyInvitations = defineRoute({
  id: 'listMyInvitations',
  method: 'get',
  path: '/v1/me/invitations',
  tag: 'account',
  summary: "The open invitations of the signed-in user's address",
  request: {},
  responses: {
    200: {
      description: 'The invitations, newest first',
      schema: z.object({ invitations: z.array(Invitation.extend({ organization: z.string() })) }),
    },
  },
  permission: 'signed-in',
  audit: null,
})

export const acceptInvitation = defineRoute({
  id: 'acceptInvitation',
  method: 'post',
  path: '/v1/invitations/{id}/accept',
  tag: 'account',
  summary: "Joins an organization by an open invitation of the signed-in user's address",
  request: { params: IdParams },
  responses: { 200: { description: 'The organization that was joined', schema: Organization } },
  permission: 'signed-in',
  audit: 'member.joined',
})
