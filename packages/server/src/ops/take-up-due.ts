import { messageOf } from '../base/errors.ts'
import { asId, type OrganizationId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import { type Database, sql } from '../db/index.ts'
import { withSystem } from '../db/system.ts'

/** How much of a kind is taken up in one pass, for each reason that it can be due for; the next pass takes the next. */
export const dueLimit = 200

/** Work of a kind that nothing else would begin. */
export interface DueWork {
  /** Selects `organization_id` and `id` of what is due in all organizations by the database's clock, with `dueLimit` in it. */
  readonly query: ReturnType<typeof sql>
  /** Looks again inside the organization, since another worker may have been quicker. */
  readonly takeUp: (organizationId: OrganizationId, id: string) => Promise<unknown>
  /** Said where that fails; the next pass tries again. */
  readonly failure: string
}

/**
 * Asks in one statement what is due, of every kind, and has it taken up one after the other. One pass, which every worker
 * makes with each reconciling.
 */
export async function takeUpDue(
  database: Database,
  { due, logger }: { readonly due: readonly DueWork[]; readonly logger: Logger },
): Promise<void> {
  const queries = due.map(({ query }, kind) => sql`(select ${sql.lit(kind)} as kind, * from (${query}) as due)`)
  const { rows } = await withSystem(database, (tx) =>
    sql<{ kind: number; organization_id: string; id: string }>`${sql.join(queries, sql` union all `)}`.execute(tx),
  )
  for (const { kind, organization_id: organizationId, id } of rows) {
    const work = due[kind]
    await work
      ?.takeUp(asId(organizationId), id)
      .catch((error: unknown) => logger.warn({ id, error: messageOf(error) }, work.failure))
  }
}
