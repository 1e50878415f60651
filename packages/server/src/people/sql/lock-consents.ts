import { sql, type TenantTx } from '../../db/index.ts'

/**
 * Takes the organization's lock for whoever changes what people agreed to, until the transaction ends. A send asks under
 * the shared side of it: a no that is written has either been seen by a call, or that call was on record before.
 */
export async function lockConsents(tx: TenantTx): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`consents ${tx.organizationId}`}, 0))`.execute(tx)
}
