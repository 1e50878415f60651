import { randomBytes } from 'node:crypto'
import { hashPassword } from 'better-auth/crypto'
import { asId, newId, type OrganizationId } from '../base/ids.ts'
import { type Database, sql, withTenant } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'
import { appendAudit } from './audit.ts'

export interface FirstOrganization {
  readonly organizationId: OrganizationId
  readonly slug: string
  /** Present only where this call made the owner: the password is shown once and kept nowhere. */
  readonly owner: { readonly email: string; readonly password: string } | undefined
}

export interface FirstOrganizationOptions {
  readonly name?: string
  readonly slug?: string
  readonly ownerName?: string
  readonly ownerEmail?: string
}

/**
 * Makes the first organization with its owner, unless there is an organization already; then its oldest is returned.
 * Two processes that start at once make one.
 */
export async function ensureFirstOrganization(
  database: Database,
  {
    name = 'Default',
    slug = 'default',
    ownerName = 'Owner',
    ownerEmail = 'owner@neonhub.local',
  }: FirstOrganizationOptions = {},
): Promise<FirstOrganization> {
  const earlier = await withSystem(database, findOldest)
  if (earlier) return { ...earlier, owner: undefined }
  const password = randomBytes(12).toString('base64url')
  // Takes a tenth of a second, so not while the embedded database's one session is held.
  const passwordHash = await hashPassword(password)
  const made = await withSystem(database, async (tx) => {
    await sql`select pg_advisory_xact_lock(7310002)`.execute(tx)
    const other = await findOldest(tx)
    if (other) return { ...other, owner: undefined }
    const userId = await insertOwner(tx, { name: ownerName, email: ownerEmail, passwordHash })
    const organizationId = newId<'organization'>()
    await tx.insertInto('organizations').values({ id: organizationId, name, slug }).execute()
    await tx
      .insertInto('organization_members')
      .values({ id: newId(), organization_id: organizationId, user_id: userId, role: 'owner' })
      .execute()
    return { organizationId, slug, owner: { email: ownerEmail, password } }
  })
  if (made.owner) {
    await withTenant(database, made.organizationId, (tx) =>
      appendAudit(tx, {
        actor: 'system',
        action: 'organization.created',
        subject: `organization:${made.organizationId}`,
        detail: { owner: ownerEmail },
      }),
    )
  }
  return made
}

async function findOldest(tx: SystemTx): Promise<{ organizationId: OrganizationId; slug: string } | undefined> {
  const row = await tx.selectFrom('organizations').select(['id', 'slug']).orderBy('id').limit(1).executeTakeFirst()
  return row && { organizationId: asId(row.id), slug: row.slug }
}

/** Inserts a user who signs in with a password, as better-auth's accounts have it (`credential`). */
async function insertOwner(
  tx: SystemTx,
  { name, email, passwordHash }: { name: string; email: string; passwordHash: string },
): Promise<string> {
  const id = newId<'user'>()
  await tx.insertInto('users').values({ id, name, email, email_verified: true }).execute()
  await tx
    .insertInto('accounts')
    .values({ id: newId(), user_id: id, account_id: id, provider_id: 'credential', password: passwordHash })
    .execute()
  return id
}
