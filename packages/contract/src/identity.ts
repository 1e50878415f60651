import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, JsonObject, Moment, Page } from './values.ts'

/** Everything that can be allowed. An API key's scopes are some of these. */
export const permissions = [
  'runs:read',
  'runs:write',
  'approvals:decide',
  'agents:manage',
  'brands:read',
  'brands:write',
  'connections:read',
  'connections:write',
  'people:read',
  'people:write',
  'budgets:read',
  'budgets:manage',
  'metrics:read',
  'metrics:write',
  'webhooks:read',
  'webhooks:write',
  'schedules:read',
  'schedules:write',
  'tasks:read',
  'tasks:write',
  'api_keys:manage',
  'members:read',
  'members:manage',
  'organization:manage',
  'audit:read',
] as const
export const Permission = z.enum(permissions)
export type Permission = z.output<typeof Permission>

/**
 * Who may call a route: anyone, anyone who is signed in, who holds a permission in the organization, or only the
 * operator of the machine that the server runs on.
 */
export type Access = 'public' | 'signed-in' | 'operator' | Permission

export const OrganizationRole = z.enum(['owner', 'admin', 'editor', 'viewer'])
export type OrganizationRole = z.output<typeof OrganizationRole>

export const Organization = z.object({
  id: Id,
  name: z.string(),
  slug: z.string(),
  timeZone: z.string(),
  /** Whether it lets in only members who have a second factor. */
  requireTwoFactor: z.boolean(),
})
export type Organization = z.output<typeof Organization>

export const Membership = Organization.extend({
  /** The built-in role of a member. Absent where it is one of the organization's own, and for keys and the operator. */
  role: OrganizationRole.optional(),
})
export type Membership = z.output<typeof Membership>

export const User = z.object({ id: Id, name: z.string(), email: z.string() })
export type User = z.output<typeof User>

export const Me = z.object({
  principal: z.object({
    type: z.enum(['user', 'api_key', 'local']),
    /** As records name it: `user:ID`, `api_key:ID` or `cli`. */
    name: z.string(),
  }),
  user: User.optional(),
  /** Every organization that the principal may choose with the header `x-organization` (its id or slug). */
  organizations: z.array(Membership),
  /** The one that this request acted in; absent where the principal belongs to none or has to choose. */
  organization: Organization.optional(),
  permissions: z.array(Permission),
  /** Whether the user has a second factor; absent for keys and the operator. */
  twoFactor: z.boolean().optional(),
  /** Whether the organization lets the user into nothing before there is a second factor. */
  twoFactorRequired: z.boolean(),
})
export type Me = z.output<typeof Me>

export const getMe = defineRoute({
  id: 'getMe',
  method: 'get',
  path: '/v1/me',
  tag: 'identity',
  summary: 'Who is calling, in which organization, and what it may do there',
  request: {},
  responses: { 200: { description: 'The principal', schema: Me } },
  permission: 'signed-in',
  audit: null,
})

export const getOrganization = defineRoute({
  id: 'getOrganization',
  method: 'get',
  path: '/v1/organization',
  tag: 'identity',
  summary: 'The organization that the request acts in',
  request: {},
  responses: { 200: { description: 'The organization', schema: Organization } },
  permission: 'signed-in',
  audit: null,
})

/** Says whether this is an IANA time zone. */
export const knownTimeZone = (timeZone: string) => {
  try {
    return Intl.DateTimeFormat('en', { timeZone }).format().length > 0
  } catch {
    // Intl tells an unknown zone only by throwing.
    return false
  }
}

export const UpdateOrganization = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** IANA name: `Europe/Berlin`. */
  timeZone: z.string().max(64).refine(knownTimeZone, 'must be an IANA time zone such as Europe/Berlin'),
  /** Lets in only members who have a second factor. Left as it is where absent. */
  requireTwoFactor: z.boolean().optional(),
})

export const CreateOrganization = z.strictObject({
  slug: z
    .string()
    .max(64)
    .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be small letters, digits and hyphens'),
  /** The slug where absent. */
  name: UpdateOrganization.shape.name.optional(),
  timeZone: UpdateOrganization.shape.timeZone.default('UTC'),
  /** E-mail address of a person who signs in here; the first owner where absent. */
  owner: z.email().max(320).optional(),
})

export const createOrganization = defineRoute({
  id: 'createOrganization',
  method: 'post',
  path: '/v1/organizations',
  tag: 'identity',
  summary: 'Adds a client of its own, kept apart from all others, with a sandbox connection of each connector',
  request: { body: CreateOrganization },
  responses: { 201: { description: 'The organization', schema: Organization } },
  permission: 'operator',
  audit: 'organization.created',
})

export const updateOrganization = defineRoute({
  id: 'updateOrganization',
  method: 'put',
  path: '/v1/organization',
  tag: 'identity',
  summary: "Changes the organization's name and time zone, and whether it asks its members for a second factor",
  request: { body: UpdateOrganization },
  responses: { 200: { description: 'The organization as it is now', schema: Organization } },
  permission: 'organization:manage',
  audit: 'organization.updated',
})

export const AuditEntry = z.object({
  id: Id,
  /** `user:ID`, `api_key:ID`, `cli` or `system`. */
  actor: z.string(),
  action: z.string(),
  subject: z.string().optional(),
  detail: JsonObject,
  /** Hash of the entry before; absent for the first. */
  previousHash: z.string().optional(),
  hash: z.string(),
  createdAt: Moment,
})
export type AuditEntry = z.output<typeof AuditEntry>

export const AuditPage = z.object({ entries: z.array(AuditEntry), nextBefore: Id.optional() })

export const listAuditLogs = defineRoute({
  id: 'listAuditLogs',
  method: 'get',
  path: '/v1/audit-logs',
  tag: 'identity',
  summary: 'Who did what, newest first',
  request: { query: Page },
  responses: { 200: { description: 'A page of entries', schema: AuditPage } },
  permission: 'audit:read',
  audit: null,
})
