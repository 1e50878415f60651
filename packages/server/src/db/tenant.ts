import type { Kysely } from 'kysely'
import { type OrganizationId, isId } from '../base/ids.ts'
import { NeonHubError } from '../base/errors.ts'
import type { Database } from './database.ts'
import type { DB } from './schema.ts'
import { runTransaction } from './transaction.ts'

declare const tenant: unique symbol

/**
 * A transaction inside one organization, as the role that row-level security binds. Only `withTenant` makes one, and
 * nothing else reaches tenant tables. Functions take it instead of an organization's id, so the two cannot differ.
 */
export type TenantTx = Kysely<DB> & { readonly organizationId: OrganizationId; readonly [tenant]: true }

/**
 * Opens a transaction inside `organizationId` and runs `work` in it. Make no outside call in `work`: a pool of ten
 * serves a thousand waiting runs, and the embedded database has one session.
 */
export async function withTenant<Result>(
  database: Database,
  organizationId: OrganizationId,
  work: (tx: TenantTx) => Promise<Result>,
): Promise<Result> {
  // The id stands in the statement's text; anything but a UUID ends here.
  if (!isId(organizationId)) {
    throw new NeonHubError('db.organization_id', 'An organization id must be a UUID in lower case', { kind: 'invalid' })
  }
  return runTransaction(
    database.kysely,
    {
      role: 'neonhub_app',
      prelude: `select set_config('neonhub.organization_id', '${organizationId}', true)`,
      metrics: database.metrics,
    },
    // A property that nothing can set anew: what the transaction says and what the database holds cannot part.
    (transaction) =>
      work(
        Object.defineProperty(transaction, 'organizationId', { value: organizationId, enumerable: true }) as TenantTx,
      ),
  )
}
