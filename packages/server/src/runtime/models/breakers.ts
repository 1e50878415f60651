import type { ModelBreakers } from '../../base/call-journal.ts'
import { messageOf, recordError, type RecordedError } from '../../base/errors.ts'
import type { OrganizationId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx, withTenant } from '../../db/index.ts'
import type { RuntimeContext } from '../attempt.ts'

/** How many failures in a row, each after its retries, open a breaker, and how long it then stays open. */
const faultsToOpen = 3
const openMs = 30_000

/** The breaker of a provider whose last calls failed, as people see it. */
export interface ModelBreakerSummary {
  readonly provider: string
  readonly faults: number
  /** Until when calls go to the fallback at once; undefined while too few have failed. */
  readonly openUntil: Date | undefined
  readonly error: string
}

export async function listModelBreakers(tx: TenantTx): Promise<readonly ModelBreakerSummary[]> {
  const rows = await tx
    .selectFrom('model_breakers')
    .select(['provider', 'faults', 'open_until', 'error'])
    .where('organization_id', '=', tx.organizationId)
    .orderBy('provider')
    .execute()
  return rows.map(({ provider, faults, open_until: openUntil, error }) => ({
    provider,
    faults,
    openUntil: openUntil ?? undefined,
    error: (error as RecordedError).message,
  }))
}

/** Has a provider asked again: it answered, its account is another, or a person says so. Returns whether it had failed. */
export async function closeModelBreaker(tx: TenantTx, provider: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('model_breakers')
    .where('organization_id', '=', tx.organizationId)
    .where('provider', '=', provider)
    .executeTakeFirst()
  return numDeletedRows > 0n
}

/** The breakers of an organization's providers. A database that is away must not change how a call went. */
export function createModelBreakers(runtime: RuntimeContext, organizationId: OrganizationId): ModelBreakers {
  const tell = async <Answer>(work: (tx: TenantTx) => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await withTenant(runtime.database, organizationId, work)
    } catch (error) {
      runtime.logger.warn(
        { organizationId, error: messageOf(error) },
        'A breaker of a model’s provider was not reached',
      )
      return undefined
    }
  }
  return {
    pass: async (provider, probeMs) =>
      (await tell(async (tx) => {
        const { rows } = await sql<{ passes: boolean }>`
          select pass_model_breaker(${provider}, ${probeMs}) as passes
        `.execute(tx)
        return rows[0]?.passes
      })) ?? true,
    close: async (provider) => void (await tell((tx) => closeModelBreaker(tx, provider))),
    noteFault: async (provider, error) => {
      const hasOpened = await tell(async (tx) => {
        const { rows } = await sql<{ opened: boolean }>`
          select note_model_fault(${provider}, ${faultsToOpen}, ${openMs}, ${jsonb(recordError(error))}) as opened
        `.execute(tx)
        return rows[0]?.opened
      })
      if (hasOpened) runtime.metrics.circuitBreakersOpened.inc({ connector: `models:${provider}` })
    },
  }
}
