import { asId, type OrganizationId, type UserId } from '../base/ids.ts'
import type { SystemTx } from '../db/system.ts'
import type { TenantTx } from '../db/index.ts'
import type { Membership, Organization } from './caller.ts'
import { type GrantRow, parseRoles } from './permissions.ts'
import { ownPermissions, withheldPermissions } from './sql/granted.ts'

interface OrganizationRow {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly time_zone: string
  readonly require_two_factor: boolean
}

/** What `toOrganization` reads. */
export const organizationColumns = [
  'organizations.id',
  'organizations.name',
  'organizations.slug',
  'organizations.time_zone',
  'organizations.require_two_factor',
] as const

/** A row of `organizations` as the room speaks of it. */
export function toOrganization(row: OrganizationRow): Organization {
  return {
    id: asId<'organization'>(row.id) satisfies OrganizationId,
    name: row.name,
    slug: row.slug,
    timeZone: row.time_zone,
    requireTwoFactor: row.require_two_factor,
  }
}

/** A user's organizations, oldest first, each with what decides of the member's permissions. */
export async function listMemberships(
  tx: SystemTx,
  userId: UserId,
): Promise<readonly { readonly membership: Membership; readonly grants: GrantRow }[]> {
  const rows = await tx
    .selectFrom('organization_members')
    .innerJoin('organizations', 'organizations.id', 'organization_members.organization_id')
    .select([...organizationColumns, 'organization_members.role'])
    .select([ownPermissions.as('own'), withheldPermissions('organization_members.organization_id').as('withheld')])
    .where('organization_members.user_id', '=', userId)
    .orderBy('organizations.id')
    .execute()
  return rows.map((row) => {
    const [role] = parseRoles(row.role)
    return { membership: { ...toOrganization(row), ...(role === undefined ? {} : { role }) }, grants: row }
  })
}

/** Every organization of the installation, oldest first: what its operator may act in. */
export async function listOrganizations(tx: SystemTx): Promise<readonly Organization[]> {
  const rows = await tx.selectFrom('organizations').select(organizationColumns).orderBy('id').execute()
  return rows.map(toOrganization)
}

/** Changes the name and the time zone of the transaction's organization, and whether it asks for a second factor. */
export async function updateOrganization(
  tx: TenantTx,
  {
    name,
    timeZone,
    requireTwoFactor,
  }: { readonly name: string; readonly timeZone: string; readonly requireTwoFactor?: boolean | undefined },
): Promise<Organization> {
  const row = await tx
    .updateTable('organizations')
    .set({ name, time_zone: timeZone, updated_at: new Date() })
    .$if(requireTwoFactor !== undefined, (query) => query.set({ require_two_factor: requireTwoFactor ?? false }))
    .where('id', '=', tx.organizationId)
    .returning(organizationColumns)
    .executeTakeFirstOrThrow()
  return toOrganization(row)
}
