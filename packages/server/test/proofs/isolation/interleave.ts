import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { createLogger } from '../../../src/base/log.ts'
import { newId, type OrganizationId } from '../../../src/base/ids.ts'
import { type Database, openDatabase, sql, type TenantTx, withTenant } from '../../../src/db/index.ts'
import { createRandom, type Random } from '../random.ts'
import type { Tally } from './tally.ts'

const fates = [
  'commit',
  'commit',
  'commit',
  'throw',
  'fail',
  'time out',
  'cancelled',
  'terminated',
  'not awaited',
  'escaped',
] as const
type Fate = (typeof fates)[number]
const tablesRead = ['brands', 'agents', 'agent_runs', 'chunks', 'credentials', 'organization_members'] as const
/** More at once than the pool has connections, so that they take turns on them in ever other orders. */
const atOnce = 6

interface Interleaving {
  readonly random: Random
  readonly owner: pg.Pool
  readonly organizations: readonly [OrganizationId, ...OrganizationId[]]
  readonly tally: Tally
  readonly through: string
  /** Leaves the organization on the connection, as a faulty `withTenant` would: the proof must find it. */
  readonly isSabotaged: boolean
}

/** What random endings of transactions did: how many there were of each, and what the pool answered outside of them. */
export interface Interleaved {
  readonly transactions: number
  readonly fates: Readonly<Record<string, number>>
}

/**
 * Transactions of several organizations over a pool of two connections. They end at random: in a commit, a thrown error,
 * a failed or cancelled statement, a timeout, a killed connection, a statement that nobody awaits, and a transaction that
 * is used once it is over. Each must see its own organization alone; between them a connection must be in none.
 */
export async function interleave(
  databaseUrl: string,
  { count, seed, ...rest }: Omit<Interleaving, 'random'> & { readonly count: number; readonly seed: number },
): Promise<Interleaved> {
  const logger = createLogger({ level: 'silent' })
  const database = await openDatabase({ databaseUrl, dataDir: undefined, logger, poolSize: 2 })
  const counts: Record<string, number> = {}
  let started = 0
  const racer = async () => {
    while (started < count) {
      started += 1
      // Of its own for each, so that what the tenth one does follows from the seed, whichever racer comes to it.
      const interleaving = { ...rest, random: createRandom(seed ^ Math.imul(started, 0x9e3779b1)) }
      const fate = interleaving.random.pick(fates)
      counts[fate] = (counts[fate] ?? 0) + 1
      await oneTransaction(database, { ...interleaving, fate })
      await lookOutside(database, interleaving)
    }
  }
  try {
    await Promise.all(Array.from({ length: atOnce }, racer))
  } finally {
    await database.close()
  }
  return { transactions: started, fates: counts }
}

async function oneTransaction(
  database: Database,
  { random, owner, organizations, tally, through, isSabotaged, fate }: Interleaving & { readonly fate: Fate },
): Promise<void> {
  const organizationId = random.pick(organizations)
  let escaped: TenantTx | undefined
  const look = async (tx: TenantTx) => {
    const table = random.pick(tablesRead)
    const { rows } = await sql<{ organization_id: string }>`
      select organization_id from ${sql.table(table)}
    `.execute(tx)
    const foreign = rows.filter((row) => row.organization_id !== organizationId).length
    tally.foreign(`${through}: ${table} within a transaction that was to be ${fate}`, foreign)
    if (rows.length > foreign) tally.meet(`${through}: own rows read`)
  }
  try {
    await withTenant(database, organizationId, async (tx) => {
      escaped = tx
      if (isSabotaged) await sql`select set_config('neonhub.organization_id', ${organizationId}, false)`.execute(tx)
      await look(tx)
      if (random.below(10) === 0) await addBrand(tx)
      await endIn(fate, { tx, owner, random })
      await look(tx)
    })
  } catch {
    // How it ends is the database's business; what the next one sees is ours.
    tally.meet(`${through}: ended by an error`)
  }
  if (fate !== 'escaped' || escaped === undefined) return
  const after = await look(escaped).then(
    () => 'answered',
    () => 'refused',
  )
  tally.foreign(`${through}: a transaction that escaped was ${after}`, after === 'answered' ? 1 : 0)
}

const addBrand = (tx: TenantTx) =>
  tx
    .insertInto('brands')
    .values({ organization_id: tx.organizationId, id: newId(), slug: newId(), name: tx.organizationId })
    .execute()

async function endIn(
  fate: Fate,
  { tx, owner, random }: { readonly tx: TenantTx; readonly owner: pg.Pool; readonly random: Random },
): Promise<void> {
  switch (fate) {
    case 'commit':
    case 'escaped':
      return
    case 'throw':
      throw new Error('thrown by the proof')
    case 'fail':
      await sql`select 1 / 0`.execute(tx)
      return
    case 'time out':
      await sql`set local statement_timeout = 5`.execute(tx)
      await sql`select pg_sleep(5)`.execute(tx)
      return
    case 'not awaited':
      sql`select pg_sleep(0.005), organization_id from brands limit 1`.execute(tx).catch(() => undefined)
      throw new Error('thrown by the proof beside a statement in flight')
    case 'cancelled':
    case 'terminated': {
      // Whoever holds a connection at that moment is hit: this one in its sleep, another anywhere, its commit included.
      const how = fate === 'cancelled' ? 'pg_cancel_backend' : 'pg_terminate_backend'
      const delayMs = random.below(8)
      const hit = sleep(delayMs).then(() =>
        owner.query(`select ${how}(pid) from pg_stat_activity
          where datname = current_database() and usename <> current_user order by random() limit 1`),
      )
      await Promise.all([sql`select pg_sleep(0.006)`.execute(tx), hit])
      return
    }
    default:
      fate satisfies never
  }
}

/** A bare query on a connection of the pool: in no organization, no role, and without a tenant row for any role. */
async function lookOutside(database: Database, { tally, through }: Interleaving): Promise<void> {
  try {
    await database.kysely.connection().execute(async (connection) => {
      const { rows } = await sql<{ isBare: boolean }>`
        select current_user = session_user and current_organization() is null as "isBare"
      `.execute(connection)
      tally.foreign(`${through}: a connection between transactions is in an organization`, rows[0]?.isBare ? 0 : 1)
      await sql`begin`.execute(connection)
      try {
        await sql`set local role neonhub_app`.execute(connection)
        const seen = await sql`select organization_id from brands`.execute(connection)
        tally.foreign(`${through}: brands between transactions`, seen.rows.length)
      } finally {
        await sql`rollback`.execute(connection)
      }
    })
    tally.meet(`${through}: looked between transactions`)
  } catch {
    // A connection that was cut in this moment shows nothing.
    tally.meet(`${through}: cut between transactions`)
  }
}
