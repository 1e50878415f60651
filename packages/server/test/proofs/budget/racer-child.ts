/**
 * Racers in a process of their own, which is killed: `racer-child.ts DATABASE_URL ORGANIZATION RUNS COST SEED`. Each racer
 * has a run and makes two calls in it: of a model, through the journal that agents use, and of a tool that costs, through the
 * ledger; every other one of those is a message too. "ready" is written once they are about to start; "paid KIND ID AMOUNT" is
 * the provider's own account of a call, written while it is held and before it is settled.
 */
import { writeSync } from 'node:fs'
import { argv, exit, stdin, stdout } from 'node:process'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../../src/base/clock.ts'
import { NeonHubError } from '../../../src/base/errors.ts'
import { asId, newId } from '../../../src/base/ids.ts'
import { createLogger } from '../../../src/base/log.ts'
import { openDatabase, sql, withTenant } from '../../../src/db/index.ts'
import { reserveBudgets, settleBudgets } from '../../../src/runtime/budgets/reserve-budgets.ts'
import { insertCall, settleCall } from '../../../src/runtime/llm-journal.ts'
import { endToolExecution } from '../../../src/runtime/sql/end-execution.ts'
import { insertToolExecution } from '../../../src/runtime/sql/insert-execution.ts'
import { createRandom } from '../random.ts'

const [databaseUrl, organization = '', runs = '', most = '', seed = '', sabotage = ''] = argv.slice(2)
const organizationId = asId<'organization'>(organization)
const mostCost = Number(most)
const database = await openDatabase({ databaseUrl, dataDir: undefined, logger: createLogger({ level: 'fatal' }) })
const random = createRandom(Number(seed)).next

/** One call of a model: held, paid, settled at what it came to. */
async function askModel(runId: string): Promise<void> {
  const callId = asId<'llm_call'>(runId)
  const cost = 1 + Math.floor(random() * mostCost)
  const start = {
    operation: 'generate',
    provider: 'openai',
    requestedModel: 'proof',
    promptHash: 'proof',
    request: {},
    atMost: { costMicros: mostCost, currency: 'USD', costSource: 'price-table' },
  } as const
  const refusal = await withTenant(database, organizationId, async (tx) => {
    await insertCall(tx, { id: callId, runId: asId(runId), stepKey: 'ask', start })
    if (sabotage === 'unlocked') return reserveUnlocked(tx, callId)
    return reserveBudgets(tx, {
      callId,
      kind: 'llm_call',
      limits: 'llm_cost',
      amount: mostCost,
      currency: 'USD',
      runId: asId(runId),
      isSandbox: false,
    })
  })
  if (refusal) return void writeSync(stdout.fd, `refused model ${runId}\n`)
  // At once and in whole: what a provider has taken, a kill does not take back.
  writeSync(stdout.fd, `paid model ${runId} ${cost}\n`)
  await wait(20 + random() * 200)
  await withTenant(database, organizationId, async (tx) => {
    const usage = { inputTokens: 1, cacheReadTokens: 0, cacheWriteTokens: 0, outputTokens: 1, reasoningTokens: 0 }
    await settleCall(tx, callId, {
      usage,
      costMicros: cost,
      currency: 'USD',
      costSource: 'price-table',
      durationMs: 1,
    })
    await settleBudgets(tx, callId, cost)
  })
  writeSync(stdout.fd, `settled model ${runId}\n`)
}

/** One call of a tool: a read, or a message that takes of two budgets at once. */
async function callTool(runId: string, isMessage: boolean): Promise<void> {
  const cost = 1 + Math.floor(random() * mostCost)
  const execution = {
    id: newId<'tool_execution'>(),
    runId: asId<'run'>(runId),
    fence: 0,
    stepKey: 'call',
    tool: 'proof.call',
    effect: isMessage ? 'once' : 'read',
    connectionId: undefined,
    mode: 'real',
    arguments: {},
    argumentsHash: 'proof',
    preview: { title: 'Proof', recipients: [], body: '' },
  } as const
  const message = isMessage ? ([{ limits: 'sends', amount: 1, currency: null }] as const) : []
  const uses = [{ limits: 'tool_cost', amount: mostCost, currency: 'USD' } as const, ...message]
  const written = await withTenant(database, organizationId, (tx) =>
    insertToolExecution(tx, execution, {
      status: 'executing',
      deadlineMs: 60_000,
      budgetUse: { uses, isSandbox: false },
    }),
  )
  if (written?.status !== 'executing') return void writeSync(stdout.fd, `refused tool ${execution.id}\n`)
  writeSync(stdout.fd, `paid tool ${execution.id} ${cost}\n`)
  await wait(20 + random() * 200)
  const isHeld = await endToolExecution(
    database,
    { ...execution, organizationId },
    {
      status: 'succeeded',
      result: {},
      costs: { spent: { tool_cost: cost }, cost: { micros: cost, currency: 'USD' }, adSpend: undefined },
      alongside: undefined,
    },
  )
  writeSync(stdout.fd, isHeld ? `settled tool ${execution.id}\n` : `fault lost ${execution.id}\n`)
}

/** What a guard would be that looks first and writes then: `--sabotage unlocked`. */
async function reserveUnlocked(tx: Parameters<typeof insertCall>[0], callId: string): Promise<string | undefined> {
  const { rows } = await sql<{ id: string; left: number }>`
    select a.id, a.amount - a.spent - a.reserved as left from budget_allocations a
    join budget_profiles p on p.id = a.profile_id where p.limits = 'llm_cost'
  `.execute(tx)
  const [window] = rows
  if (!window || window.left < mostCost) return 'spent'
  await wait(20)
  await sql`select write_budget_entry(${window.id}, 'reserve', ${mostCost}, ${mostCost}, 0, ${callId})`.execute(tx)
  await sql`
    insert into budget_reservations (organization_id, call_id, allocation_id, kind, amount)
    values (${organizationId}, ${callId}, ${window.id}, 'llm_call', ${mostCost})
  `.execute(tx)
  return undefined
}

stdout.write(`ready ${systemClock.now().getTime()}\n`)
// They start together, when they are told to.
await new Promise((resolve) => stdin.once('data', resolve))
const outcomes = await Promise.allSettled(
  runs.split(',').flatMap((runId, index) => [askModel(runId), callTool(runId, index % 2 === 0)]),
)
for (const outcome of outcomes) {
  if (outcome.status === 'rejected') {
    const { reason } = outcome
    writeSync(stdout.fd, `fault ${reason instanceof NeonHubError ? reason.code : String(reason)}\n`)
  }
}
writeSync(stdout.fd, 'done\n')
exit(0)
