import { z } from 'zod'
import { Permission } from './identity.ts'
import { RoleName } from './members.ts'
import { defineRoute } from './route.ts'
import { Id, IdParams } from './values.ts'

export const Role = z.object({
  /** Absent for the built-in ones. */
  id: Id.optional(),
  name: z.string(),
  description: z.string(),
  permissions: z.array(Permission),
  /** How many members have it. */
  members: z.int(),
})
export type Role = z.output<typeof Role>

const RoleText = z.strictObject({
  description: z.string().trim().max(200).default(''),
  /** Only what the caller has. */
  permissions: z.array(Permission).max(100),
})

export const CreateRole = RoleText.extend({ name: RoleName })
export type CreateRole = z.output<typeof CreateRole>

export const Withheld = z.object({ withheld: z.array(Permission) })

export const listRoles = defineRoute({
  id: 'listRoles',
  method: 'get',
  path: '/v1/roles',
  tag: 'members',
  summary: "The built-in roles and the organization's own, with what each allows here",
  request: {},
  responses: {
    200: {
      description: 'The roles, the built-in ones first',
      schema: z.object({
        roles: z.array(Role),
        /** What the operator of the installation withholds from the organization: no role allows it. */
        withheld: z.array(Permission),
      }),
    },
  },
  permission: 'members:read',
  audit: null,
})

export const createRole = defineRoute({
  id: 'createRole',
  method: 'post',
  path: '/v1/roles',
  tag: 'members',
  summary: 'Makes a role of the organization; nobody puts into it what they lack',
  request: { body: CreateRole },
  responses: { 201: { description: 'The role', schema: Role } },
  permission: 'members:manage',
  audit: 'role.created',
})

export const updateRole = defineRoute({
  id: 'updateRole',
  method: 'put',
  path: '/v1/roles/{id}',
  tag: 'members',
  summary: 'Changes what a role of the organization allows, for all who have it, from their next request on',
  request: { params: IdParams, body: RoleText },
  responses: { 200: { description: 'The role as it is now', schema: Role } },
  permission: 'members:manage',
  audit: 'role.updated',
})

export const deleteRole = defineRoute({
  id: 'deleteRole',
  method: 'delete',
  path: '/v1/roles/{id}',
  tag: 'members',
  summary: 'Removes a role that no member and no open invitation has',
  request: { params: IdParams },
  responses: { 200: { description: 'The role that is gone', schema: Role } },
  permission: 'members:manage',
  audit: 'role.deleted',
})

export const withholdPermissions = defineRoute({
  id: 'withholdPermissions',
  method: 'put',
  path: '/v1/organization/withheld-permissions',
  tag: 'members',
  summary: 'Sets which permissions nobody of the organization has, whatever their role or key says',
  request: { body: z.strictObject({ withheld: z.array(Permission).max(100) }) },
  responses: { 200: { description: 'What is withheld now', schema: Withheld } },
  permission: 'operator',
  audit: 'organization.permissions_withheld',
})
