import pg from 'pg'
import { newId } from '../../src/base/ids.ts'
import { NeonHubError } from '../../src/base/errors.ts'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase } from '../../src/db/index.ts'
import { applyRoles } from '../../src/ops/index.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { checkCatalogue } from './isolation/check-catalogue.ts'
import { interleave } from './isolation/interleave.ts'
import { addFilled, openWorld } from './isolation/open-world.ts'
import { hasPgbouncer, withPgbouncer } from './isolation/pgbouncer.ts'
import { probeFunctions } from './isolation/probe-functions.ts'
import { probeGuesses } from './isolation/probe-guesses.ts'
import { type Injection, probeInjection } from './isolation/probe-injection.ts'
import { probeKeys } from './isolation/probe-keys.ts'
import { probeTables } from './isolation/probe-tables.ts'
import { sabotages } from './isolation/sabotages.ts'
import { sabotagesOf } from './sabotages.ts'
import { Tally } from './isolation/tally.ts'
import { fingerprint } from './isolation/world.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'

/** What the proof of isolation found; each figure but `tables`, `probes`, `interleavings` and `injection` must be 0. */
export interface IsolationAnswer extends ProofAnswer {
  /** Tenant tables and partitions of them. */
  readonly tables: number
  readonly probes: number
  readonly foreignRows: number
  /** Where a foreign id was answered unlike an absent one. */
  readonly differingAnswers: number
  readonly tablesWithoutForce: number
  /** Policies that call a function once a row. */
  readonly barePolicies: number
  readonly interleavings: number
  readonly through: readonly ('direct' | 'pgbouncer')[]
  readonly injection: Injection
}

const shownFindings = 100

/** Below these shares of the interleavings nothing was put to the test. */
const demanded = { 'own rows read': 0.5, 'looked between transactions': 0.9, 'ended by an error': 0.1 }

/** No organization reads, writes or infers another's rows: see docs/proofs.md. Each `--sabotage NAME` must be found; there may be several. */
export async function proveIsolation(options: ProofOptions): Promise<IsolationAnswer> {
  const broken = sabotagesOf(options.flags, Object.keys(sabotages))
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const logger = createLogger({ level: 'error' })
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    const login = `neonhub_proof_${newId().slice(-12)}`
    const owner = new pg.Pool({ connectionString: databaseUrl, max: 3 })
    // The database is dropped with whoever is still leaving it.
    owner.on('connect', (client) => client.on('error', (error) => logger.debug({ error: error.message }, 'Cut')))
    owner.on('error', (error) => logger.debug({ error: error.message }, 'Cut'))
    try {
      await migrate(database)
      for (const name of broken) await owner.query(sabotages[name] ?? '')
      const loginUrl = new URL(databaseUrl)
      loginUrl.username = login
      loginUrl.password = (await applyRoles(database, { login, owner: undefined })) ?? ''
      return await prove(database, { ...options, owner, loginUrl: loginUrl.toString(), broken })
    } finally {
      await owner.query(`drop owned by ${login} cascade; drop role ${login}`)
      await owner.end()
      await database.close()
    }
  })
}

interface ProveOptions extends ProofOptions {
  readonly owner: pg.Pool
  readonly loginUrl: string
  readonly broken: readonly string[]
}

async function prove(database: Database, options: ProveOptions): Promise<IsolationAnswer> {
  const { seed, owner, loginUrl, broken, isShort, say } = options
  const tally = new Tally()
  // What breaks a transaction's end is found by the interleavings, and what breaks the catalogue by the probes of it.
  const isSessionBroken = broken.includes('session')
  const { tables, findings, injection } = isSessionBroken ? unprobed : await probe(database, { ...options, tally })
  const count = broken.length > 0 ? 50 : isShort ? 1_000 : 10_000
  const isCatalogueBroken = broken.length > 0 && !isSessionBroken
  const ways: (readonly ['direct' | 'pgbouncer', (work: (url: string) => Promise<number>) => Promise<number>])[] = [
    ['direct', (work) => work(loginUrl)],
  ]
  if (hasPgbouncer) ways.push(['pgbouncer', (work) => withPgbouncer(loginUrl, { poolSize: 2 }, work)])
  else say('skipped: pgbouncer is not installed, so nothing is said of a transaction pooler')
  const [first, ...others] = await addFilled(database, 5)
  let interleavings = 0
  if (!first) throw new NeonHubError('proof.no_organization', 'No organization was made', { kind: 'internal' })
  for (const [through, reach] of isCatalogueBroken ? [] : ways) {
    interleavings += await reach(async (url) => {
      const { transactions, fates } = await interleave(url, {
        count,
        seed,
        owner,
        organizations: [first, ...others],
        tally,
        through,
        isSabotaged: isSessionBroken,
      })
      say(`${through}: ${transactions} interleavings over two connections: ${JSON.stringify(fates)}`)
      return transactions
    })
    for (const [what, share] of Object.entries(demanded)) {
      demand(tally, { what: `${through}: ${what}`, atLeast: count * share })
    }
  }
  for (const [what, times] of tally.met) say(`${what}: ${times}`)
  const all = [...new Set([...findings, ...tally.findings])]
  for (const finding of all.slice(0, shownFindings)) say(`found: ${finding.slice(0, 500)}`)
  if (all.length > shownFindings) say(`found: and ${all.length - shownFindings} more`)
  const { probes, foreignRows, differingAnswers } = tally
  return {
    proof: 'isolation',
    seed,
    tables,
    probes,
    foreignRows,
    differingAnswers,
    ...countOf(findings),
    interleavings,
    through: ways.map(([name]) => name),
    injection,
    ok: all.length === 0,
  }
}

const unprobed = { tables: 0, findings: [], injection: { secondStatements: 0, rowsBySetConfig: 0 } }

const withoutForce = 'row security is not forced on '
const barePolicy = 'a function is called once a row by the policy '
const countOf = (findings: readonly string[]) => ({
  tablesWithoutForce: findings.filter((finding) => finding.startsWith(withoutForce)).length,
  barePolicies: findings.filter((finding) => finding.startsWith(barePolicy)).length,
})

/** Every probe of the catalogue. */
async function probe(
  database: Database,
  { owner, loginUrl, tally, say }: ProveOptions & { readonly tally: Tally },
): Promise<{ readonly tables: number; readonly findings: readonly string[]; readonly injection: Injection }> {
  const superuser = await owner.connect()
  const insider = new pg.Client({ connectionString: loginUrl })
  insider.on('error', () => undefined)
  await insider.connect()
  try {
    const world = await openWorld(database, { owner: superuser })
    const theirs = { tables: world.tables, organizationId: world.theirs }
    const before = await fingerprint(superuser, theirs)
    const { tablesWithoutForce, barePolicies } = await checkCatalogue(superuser, world)
    say(`${world.tables.length} tenant tables and partitions, ${world.foreignKeys.length} foreign keys`)
    await probeTables(insider, { role: 'neonhub_app', world, tally })
    await probeTables(superuser, { role: 'neonhub_readonly', world, tally })
    await probeTables(insider, { role: 'none', world, tally })
    await probeKeys(insider, { world, tally })
    await probeFunctions(superuser, { world, tally })
    await probeGuesses(insider, { world, tally })
    const injection = await probeInjection(insider, { world, tally })
    tally.foreign('rows of the other organization after all', (await fingerprint(superuser, theirs)) === before ? 0 : 1)
    demand(tally, { what: 'neonhub_app reads own rows', atLeast: 20 })
    demand(tally, { what: 'neonhub_readonly reads own rows', atLeast: 20 })
    demand(tally, { what: 'foreign key refuses', atLeast: 20 })
    demand(tally, { what: 'unique key lets in', atLeast: 20 })
    return {
      tables: world.tables.length,
      findings: [
        ...tablesWithoutForce.map((name) => withoutForce + name),
        ...barePolicies.map((name) => barePolicy + name),
      ],
      injection,
    }
  } finally {
    await insider.end()
    superuser.release()
  }
}

/** A probe that never met what it was made for proves nothing. */
function demand(tally: Tally, { what, atLeast }: { readonly what: string; readonly atLeast: number }): void {
  const times = tally.met.get(what) ?? 0
  if (times < atLeast) tally.findings.push(`vacuous: "${what}" came ${times} times, and should come ${atLeast}`)
}
