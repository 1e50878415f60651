import { type Database, sql, withTenant } from '../../../src/db/index.ts'
import type { OrganizationId } from '../../../src/base/ids.ts'
import { type EffectKind, effectKinds } from './maker.ts'
import type { Recorder } from './start-recorder.ts'

/** What the ledger and the journal say in the end, against what the recorder heard. */
export interface Tally {
  readonly effects: number
  readonly repeated: number
  readonly missing: number
  /** The ledger says so, and nothing arrived: a call whose time was over before it left. */
  readonly failed: number
  readonly stepsRunAgain: number
  readonly findings: readonly string[]
}

/** Holds the record of every run against the recorder's. A call that a person has settled may have reached it or not. */
export async function tally(
  database: Database,
  organizationId: OrganizationId,
  {
    runIds,
    recorder,
    settled,
  }: { readonly runIds: readonly string[]; readonly recorder: Recorder; readonly settled: ReadonlySet<string> },
): Promise<Tally> {
  const { calls, transactions, steps } = await withTenant(database, organizationId, async (tx) => ({
    calls: await tx.selectFrom('tool_executions').select(['run_id', 'step_key', 'status']).execute(),
    transactions: (await sql<{ run_id: string }>`select run_id from proof_effects`.execute(tx)).rows,
    steps: await tx
      .selectFrom('run_steps')
      .select(['run_id', 'key', 'fence'])
      .where('status', '=', 'succeeded')
      .execute(),
  }))
  const heard = countBy([
    ...recorder.effects.map(({ mark, effect }) => `${mark} ${effect}`),
    ...transactions.map(({ run_id: runId }) => `${runId} transaction`),
  ])
  const statusOf = new Map(calls.map((call) => [`${call.run_id} ${call.step_key}`, call.status]))
  const findings: string[] = []
  const figures = { repeated: 0, missing: 0, failed: 0, stepsRunAgain: 0 }
  const judge = (call: string, kind: EffectKind) => {
    const times = heard.get(call) ?? 0
    const status = kind === 'transaction' ? 'succeeded' : statusOf.get(call)
    if (times > 1) {
      figures.repeated += 1
      findings.push(`${call}: carried out ${times} times, the ledger says ${status}`)
    }
    const isMissing = kind !== 'read' && status === 'succeeded' && times === 0
    if (status === undefined || isMissing) {
      figures.missing += 1
      findings.push(`${call}: carried out ${times} times, the ledger says ${status ?? 'nothing'}`)
    } else if (status === 'failed' && times === 0) {
      figures.failed += 1
    } else if (status !== 'succeeded' && !settled.has(call)) {
      findings.push(`${call}: carried out ${times} times, the ledger says ${status}`)
    }
  }
  for (const runId of runIds) for (const kind of effectKinds) judge(`${runId} ${kind}`, kind)
  for (const again of findStepsRunAgain(steps, recorder)) {
    figures.stepsRunAgain += 1
    findings.push(`${again}: run again after it was finished`)
  }
  return { effects: recorder.effects.length + transactions.length, ...figures, findings }
}

/**
 * Steps whose work was run by an attempt that was claimed after they were finished, or twice in one. An earlier holder that
 * was stopped before the work, and goes on after another has finished it, cannot know.
 */
function findStepsRunAgain(
  steps: readonly { readonly run_id: string; readonly key: string; readonly fence: number }[],
  { told }: Recorder,
): readonly string[] {
  const finishedIn = new Map<string, number>()
  const note = (step: string, fence: number) =>
    finishedIn.set(step, Math.min(fence, finishedIn.get(step) ?? Number.POSITIVE_INFINITY))
  for (const { run_id: runId, key, fence } of steps) note(`${runId} ${key}`, fence)
  // Who has a step's result in hand has it from the journal, whatever that says now.
  for (const { what, runId, key, fence } of told) if (what === 'did') note(`${runId} ${key}`, fence)
  const seen = new Set<string>()
  return told.flatMap(({ what, runId, key, fence }) => {
    if (what !== 'ran') return []
    const isTwice = seen.has(`${runId} ${key} ${fence}`)
    seen.add(`${runId} ${key} ${fence}`)
    const isLate = fence > (finishedIn.get(`${runId} ${key}`) ?? Number.POSITIVE_INFINITY)
    return isTwice || isLate ? [`${runId} ${key}`] : []
  })
}

function countBy(items: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const item of items) counts.set(item, (counts.get(item) ?? 0) + 1)
  return counts
}
