import { asId, type OrganizationId, type UserId } from '../base/ids.ts'
import type { SystemTx } from '../db/system.ts'
import type { TenantTx } from '../db/index.ts'
import type { Membership, Organization } from './caller.ts'
import { parseRoles } from './permissions.ts'

interface OrganizationRow {
  readonly id: string
  readonly name: string
  readonly slug: string
  readonly time_zone: string
}

const columns = ['organizations.id', 'organizations.name', 'organizations.slug', 'organizations.time_zone'] as const

/** A row of `organizations` as the room speaks of it. */
export function toOrganization({ id, name, slug, time_zone: timeZone }: OrganizationRow): Organization {
  return { id: asId<'organization'>(id) satisfies OrganizationId, name, slug, timeZone }
}

/** A user's organizations, oldest first, each with the member's stored role. */
export async function listMemberships(
  tx: SystemTx,
  userId: UserId,
): Promise<readonly { readonly membership: Membership; readonly roles: string }[]> {
  const rows = await tx
    .selectFrom('organization_members')
    .innerJoin('organizations', 'organizations.id', 'organization_members.organization_id')
    .select([...columns, 'organization_members.role'])
    .where('organization_members.user_id', '=', userId)
    .orderBy('organizations.id')
    .execute()
  return rows.map((row) => {
    const [role] = parseRoles(row.role)
    return { membership: { ...toOrganization(row), ...(role === undefined ? {} : { role }) }, roles: row.role }
  })
}

/** Every organization of the installation, oldest first: what its operator may act in. */
export async function listOrganizations(tx: SystemTx): Promise<readonly Organization[]> {
  const rows = await tx.selectFrom('organizations').select(columns).orderBy('id').execute()
  return rows.map(toOrganization)
}

/** Changes the name and the time zone of the transaction's organization. */
export async function updateOrganization(
  tx: TenantTx,
  { name, timeZone }: { readonly name: string; readonly timeZone: string },
): Promise<Organization> {
  const row = await tx
    .updateTable('organizations')
    .set({ name, time_zone: timeZone, updated_at: new Date() })
    .where('id', '=', tx.organizationId)
    .returning(columns)
    .executeTakeFirstOrThrow()
  return toOrganization(row)
}
