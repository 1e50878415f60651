import { type ChildProcess, spawn } from 'node:child_process'
import { execPath } from 'node:process'
import { createInterface } from 'node:readline'
import { setTimeout as wait } from 'node:timers/promises'
import { NeonHubError } from '../../src/base/errors.ts'
import { asId, newId, type OrganizationId, type ToolExecutionId } from '../../src/base/ids.ts'
import { createLogger } from '../../src/base/log.ts'
import { type Database, migrate, openDatabase, sql, withTenant } from '../../src/db/index.ts'
import { setBudget, sweepBudgets } from '../../src/runtime/index.ts'
import type { Budget, BudgetLimit } from '../../src/runtime/budgets/spec.ts'
import { cancelRun } from '../../src/runtime/sql/cancel-run.ts'
import { settleUnknown } from '../../src/runtime/sql/decide-approval.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of budgets found; `overspentMicros` and `leaked` must be 0. */
export interface BudgetAnswer extends ProofAnswer {
  readonly racers: number
  readonly processes: number
  /** Racers in processes that were killed with -9. */
  readonly killed: number
  /** Those of them that had paid, and whose payment nobody had written down. */
  readonly killedInFlight: number
  readonly amountMicros: number
  /** By the providers' own account: for models, and for tools, each of which has a budget of `amountMicros`. */
  readonly paidMicros: number
  readonly paidToolMicros: number
  readonly overspentMicros: number
  /** Calls of tools that were messages too, of as many as their own budget lets go. */
  readonly messages: number
  readonly mostMessages: number
  /** Effects of dead holders that a person settled. */
  readonly settledByHand: number
  /** Held before the sweep, and after it. */
  readonly heldBefore: number
  readonly leaked: number
  readonly swept: number
  /** Calls of tools that hold something of some of their budgets alone. */
  readonly torn: number
  /** Windows whose entries do not add up to what they say. */
  readonly wrongLedgers: number
}

const mostCost = 1_000
/** Of `openDatabase`: as many racers of a process are in flight at once. */
const poolSize = 10
const sabotages = ['unlocked', 'no sweep']

/** A third of the racers are killed, the processes' own order being the seed's. */
const killedShare = 1 / 3

/** By the providers' own account. */
interface Calls {
  readonly paid: Map<string, number>
  readonly settled: Set<string>
  refused: number
}

interface Racers {
  readonly child: ChildProcess
  readonly runs: readonly string[]
  readonly ready: Promise<void>
  readonly over: Promise<void>
  readonly model: Calls
  readonly tool: Calls
  readonly faults: string[]
}

/** Budgets hold for racers that are killed: see docs/proofs.md. `--sabotage NAME` must be found. */
export async function proveBudget(options: ProofOptions): Promise<BudgetAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotages)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'error' }) })
    try {
      await migrate(database)
      return await prove(database, { ...options, databaseUrl, sabotage })
    } finally {
      await database.close()
    }
  })
}

async function prove(
  database: Database,
  { databaseUrl, isShort, seed, say, sabotage }: ProofOptions & { readonly sabotage: string | undefined },
): Promise<BudgetAnswer> {
  // Each process has a pool of ten, and a server as it comes takes a hundred connections.
  const processes = isShort ? 6 : 8
  const racers = isShort ? 240 : 1_000
  // For half of those of its kind that are in flight at once: the end of it is fought over, and a guard that looks first
  // overspends.
  const amountMicros = (processes * poolSize * mostCost) / 4
  const organizationId = await addOrganization(database)
  const mostMessages = (processes * poolSize) / 4
  const budget = await addBudget(database, organizationId, { limits: 'llm_cost', amount: amountMicros })
  await addBudget(database, organizationId, { limits: 'tool_cost', amount: amountMicros })
  await addBudget(database, organizationId, { limits: 'sends', amount: mostMessages })
  const runs = await addRuns(database, organizationId, racers)
  if (sabotage === 'unlocked') await addWindow(database, organizationId, { budgetId: budget.id, amountMicros })
  const groups = Array.from({ length: processes }, (_one, index) =>
    startRacers({
      runs: runs.filter((_run, position) => position % processes === index),
      arguments: [databaseUrl, organizationId, String(mostCost), String(seed + index), sabotage ?? ''],
    }),
  )
  await Promise.all(groups.map(({ ready }) => ready))
  const doomed = groups.slice(0, Math.ceil(processes * killedShare))
  for (const { child } of groups) child.stdin?.write('go\n')
  await Promise.all(doomed.map(killOncePaid))
  await Promise.all(groups.map(({ over }) => over))

  const killed = doomed.reduce((sum, { runs: own }) => sum + own.length, 0)
  const killedInFlight = sumOf(doomed, ({ model, tool }) => inFlight(model) + inFlight(tool))
  const paidMicros = sumOf(groups, ({ model }) => sumOf([...model.paid.values()], Number))
  const paidToolMicros = sumOf(groups, ({ tool }) => sumOf([...tool.paid.values()], Number))
  const refused = sumOf(groups, ({ model }) => model.refused)
  const refusedTools = sumOf(groups, ({ tool }) => tool.refused)
  const faults = groups.flatMap((group) => group.faults)
  say(
    `${racers} racers in ${processes} processes: ${refused} models and ${refusedTools} tools refused, ${killed} killed, ${killedInFlight} calls of them after they were paid`,
  )

  const sweep = () => withTenant(database, organizationId, sweepBudgets)
  // While their holders may still be at work, nothing is swept.
  const early = await sweep()
  const heldBefore = await countHeld(database, organizationId)
  await endLeases(database, organizationId)
  const unknown = await cancelRuns(
    database,
    organizationId,
    doomed.flatMap((group) => group.runs),
  )
  const swept = sabotage === 'no sweep' ? 0 : await sweep()
  const settledByHand = await settleByHand(database, organizationId, unknown)
  const leaked = await countHeld(database, organizationId)
  const window = await readWindow(database, organizationId, 'llm_cost')
  const tools = await readWindow(database, organizationId, 'tool_cost')
  const messages = await readWindow(database, organizationId, 'sends')
  const wrongLedgers = window.wrongLedgers + tools.wrongLedgers + messages.wrongLedgers
  const torn = await countTorn(database, organizationId)
  const reserved = window.reserved + tools.reserved + messages.reserved
  const overspentMicros = Math.max(
    0,
    paidMicros - amountMicros,
    window.spent + window.reserved - amountMicros,
    paidToolMicros - amountMicros,
    tools.spent + tools.reserved - amountMicros,
  )
  const findings = [
    ...(overspentMicros > 0 ? [`overspent by ${overspentMicros} micros`] : []),
    ...(leaked > 0 ? [`${leaked} reservations stay held after the sweep`] : []),
    ...(messages.spent + messages.reserved > mostMessages ? [`${messages.spent} messages of ${mostMessages}`] : []),
    ...(reserved !== 0 ? [`the windows still say that ${reserved} are held`] : []),
    ...(wrongLedgers > 0 ? ['the ledger does not add up to its window'] : []),
    ...(paidMicros > window.spent ? [`${paidMicros} micros were paid, and ${window.spent} are written down`] : []),
    ...(paidToolMicros > tools.spent
      ? [`tools cost ${paidToolMicros} micros, and ${tools.spent} are written down`]
      : []),
    ...(torn > 0 ? [`${torn} calls hold something of some of their budgets alone`] : []),
    ...(early > 0 ? [`${early} reservations were swept while their runs were held`] : []),
    ...faults.slice(0, 5).map((fault) => `a racer ended with ${fault}`),
    ...(killedInFlight === 0 || heldBefore === 0 ? ['vacuous: nobody was killed between paying and settling'] : []),
    ...(refused === 0 || refusedTools === 0 ? ['vacuous: nobody was refused'] : []),
    ...(Math.min(window.spent, tools.spent) < amountMicros / 4 ? ['vacuous: hardly anything was spent'] : []),
    ...(messages.spent === 0 ? ['vacuous: no message went'] : []),
  ]
  for (const finding of findings) say(`found: ${finding}`)
  return {
    proof: 'budget',
    seed,
    racers,
    processes,
    killed,
    killedInFlight,
    amountMicros,
    paidMicros,
    paidToolMicros,
    overspentMicros,
    messages: messages.spent,
    mostMessages,
    settledByHand,
    heldBefore,
    leaked,
    swept,
    torn,
    wrongLedgers,
    ok: findings.length === 0,
  }
}

const sumOf = <Item>(items: readonly Item[], of: (item: Item) => number) =>
  items.reduce((sum, item) => sum + of(item), 0)

/** A total budget of all that the racers do. */
async function addBudget(
  database: Database,
  organizationId: OrganizationId,
  { limits, amount }: { readonly limits: BudgetLimit; readonly amount: number },
): Promise<Budget> {
  const change = { name: limits.replace('_', '-'), scope: 'organization', period: 'total', actor: 'cli' } as const
  const currency = limits === 'sends' ? undefined : 'USD'
  return withTenant(database, organizationId, (tx) =>
    setBudget(tx, { ...change, limits, amount, currency, allowsUnpriced: false }, { agents: new Set<string>() }),
  )
}

/** What a person does about runs whose workers died: after it, their reads have failed and their messages are unknown. */
async function cancelRuns(database: Database, organizationId: OrganizationId, runs: readonly string[]) {
  for (const runId of runs) await withTenant(database, organizationId, (tx) => cancelRun(tx, asId(runId)))
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<{ id: string }>`select id from tool_executions where status = 'unknown'`.execute(tx),
  )
  return rows.map(({ id }) => asId<'tool_execution'>(id))
}

/** A person has looked at the provider: they went. Returns how many. */
async function settleByHand(
  database: Database,
  organizationId: OrganizationId,
  unknown: readonly ToolExecutionId[],
): Promise<number> {
  const word = { outcome: 'succeeded', by: 'cli', note: undefined } as const
  for (const executionId of unknown) {
    await withTenant(database, organizationId, (tx) => settleUnknown(tx, { executionId, ...word }))
  }
  return unknown.length
}

function startRacers({
  runs,
  arguments: [databaseUrl = '', organizationId = '', cost = '', seed = '', sabotage = ''],
}: {
  readonly runs: readonly string[]
  readonly arguments: readonly string[]
}): Racers {
  const script = new URL('./budget/racer-child.ts', import.meta.url).pathname
  const child = spawn(execPath, [script, databaseUrl, organizationId, runs.join(','), cost, seed, sabotage], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const ready = Promise.withResolvers<void>()
  const over = Promise.withResolvers<void>()
  const racers: Racers = {
    child,
    runs,
    ready: ready.promise,
    over: over.promise,
    model: { paid: new Map(), settled: new Set(), refused: 0 },
    tool: { paid: new Map(), settled: new Set(), refused: 0 },
    faults: [],
  }
  child.stdin.on('error', () => undefined)
  const lines = createInterface({ input: child.stdout })
  lines.on('line', (line) => {
    const [word = '', kind = '', id = '', amount = ''] = line.split(' ')
    const calls = kind === 'tool' ? racers.tool : racers.model
    if (word === 'ready') ready.resolve()
    if (word === 'paid') calls.paid.set(id, Number(amount))
    if (word === 'settled') calls.settled.add(id)
    if (word === 'refused') calls.refused += 1
    if (word === 'fault') racers.faults.push(line)
  })
  // What was written before a kill is still read.
  lines.once('close', () => {
    ready.reject(new NeonHubError('proof.racers', 'A process of racers ended before it began', { kind: 'internal' }))
    over.resolve()
  })
  ready.promise.catch(() => undefined)
  return racers
}

const inFlight = ({ paid, settled }: Calls) => paid.size - settled.size

/** Kills a process in which some have paid and not yet written that down. */
async function killOncePaid({ child, model, tool }: Racers): Promise<void> {
  while (child.stdout?.closed === false && inFlight(model) + inFlight(tool) < 3) await wait(2)
  child.kill('SIGKILL')
}

/** A run for each racer, held as by a worker. */
async function addRuns(database: Database, organizationId: OrganizationId, count: number): Promise<readonly string[]> {
  const ids = Array.from({ length: count }, () => newId())
  const agentId = newId()
  await withTenant(database, organizationId, async (tx) => {
    await sql`insert into agents (organization_id, id, name, kind) values (${organizationId}, ${agentId}, 'Racer', 'workflow')`.execute(
      tx,
    )
    await sql`
      insert into agent_runs (organization_id, id, agent_id, agent, intent, root_run_id, status, input, input_hash,
        requested_by, lease_expires_at)
      select ${organizationId}, id, ${agentId}, 'Racer', 'race', id, 'running', '{}', '', 'cli',
        clock_timestamp() + interval '1 hour'
      from unnest(${ids}::uuid[]) as id
    `.execute(tx)
  })
  return ids
}

/** What a guard without the function would have made before: for the sabotage. */
async function addWindow(
  database: Database,
  organizationId: OrganizationId,
  { budgetId, amountMicros }: { readonly budgetId: string; readonly amountMicros: number },
): Promise<void> {
  await withTenant(database, organizationId, (tx) =>
    sql`
      insert into budget_allocations (organization_id, id, profile_id, amount)
      values (${organizationId}, ${newId()}, ${budgetId}, ${amountMicros})
    `.execute(tx),
  )
}

/** The holders are dead: their leases lapse. */
async function endLeases(database: Database, organizationId: OrganizationId): Promise<void> {
  await withTenant(database, organizationId, (tx) =>
    sql`update agent_runs set lease_expires_at = clock_timestamp() - interval '1 second' where organization_id = ${organizationId}`.execute(
      tx,
    ),
  )
}

async function countHeld(database: Database, organizationId: OrganizationId): Promise<number> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<{ held: number }>`select count(*)::int as held from budget_reservations where status = 'held'`.execute(tx),
  )
  return rows[0]?.held ?? 0
}

/** A message falls under two budgets and a read under one; what was refused holds nothing of any. */
async function countTorn(database: Database, organizationId: OrganizationId): Promise<number> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<{ torn: number }>`
      select count(*)::int as torn from tool_executions t
      where (select count(*) from budget_reservations r where r.call_id = t.id)
        <> case when t.status in ('denied', 'planned') then 0 when t.effect = 'once' then 2 else 1 end
    `.execute(tx),
  )
  return rows[0]?.torn ?? 0
}

interface Window {
  readonly spent: number
  readonly reserved: number
  readonly wrongLedgers: number
}

/** The windows of one kind together, and how many whose entries do not add up to them. */
async function readWindow(database: Database, organizationId: OrganizationId, limits: BudgetLimit): Promise<Window> {
  const { rows } = await withTenant(database, organizationId, (tx) =>
    sql<Window>`
      select coalesce(sum(a.spent), 0)::bigint as spent, coalesce(sum(a.reserved), 0)::bigint as reserved,
        count(*) filter (where l.spent <> a.spent or l.released <> l.held - a.reserved or l.entries <> a.entries)::int
          as "wrongLedgers"
      from budget_allocations a
      join budget_profiles p on p.id = a.profile_id and p.limits = ${limits}
      cross join lateral (
        select coalesce(sum(amount) filter (where type = 'spend'), 0) as spent,
          coalesce(sum(amount) filter (where type = 'reserve'), 0) as held,
          -- No racer pays more than it held, so that each spend releases as much.
          coalesce(sum(amount) filter (where type in ('spend', 'refund')), 0) as released, count(*) as entries
        from budget_ledger where organization_id = a.organization_id and allocation_id = a.id
      ) as l
    `.execute(tx),
  )
  const [row] = rows
  if (row) return row
  throw new NeonHubError('proof.no_window', 'There is no window to read', { kind: 'internal' })
}
