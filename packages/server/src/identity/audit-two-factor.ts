import { createAuthMiddleware, getSessionFromCtx } from 'better-auth/api'
import { z } from 'zod'
import { asId, type UserId } from '../base/ids.ts'
import { type Database, withTenant } from '../db/index.ts'
import { withSystem } from '../db/system.ts'
import { appendAudit } from './audit.ts'
import { listMemberships } from './organizations.ts'

/** What the plugin answers to a right code; `user` is as it was before. */
const Verified = z.object({ user: z.object({ id: z.string(), twoFactorEnabled: z.boolean().nullish() }) })

/** Writes what becomes of a user's second factor into the audit log of each of the user's organizations. */
export function auditTwoFactor(database: Database) {
  return createAuthMiddleware(async (context) => {
    const { returned } = context.context
    if (!context.path?.startsWith('/two-factor/') || returned instanceof Error) return
    const verified = Verified.safeParse(returned).data?.user
    const action = actionOf(context.path, verified?.twoFactorEnabled === true)
    if (action === undefined) return
    const id = verified?.id ?? (await getSessionFromCtx(context))?.user.id
    if (id !== undefined) await tell(database, asId(id), action)
  })
}

function actionOf(path: string, wasEnabled: boolean): string | undefined {
  if (path === '/two-factor/verify-totp') return wasEnabled ? undefined : 'user.two_factor_enabled'
  if (path === '/two-factor/disable') return 'user.two_factor_disabled'
  if (path === '/two-factor/verify-backup-code') return 'user.backup_code_used'
  if (path === '/two-factor/generate-backup-codes') return 'user.backup_codes_renewed'
  return undefined
}

async function tell(database: Database, userId: UserId, action: string): Promise<void> {
  const memberships = await withSystem(database, (tx) => listMemberships(tx, userId))
  for (const { membership } of memberships) {
    await withTenant(database, membership.id, (tx) =>
      appendAudit(tx, { actor: `user:${userId}`, action, subject: `user:${userId}` }),
    )
  }
}
