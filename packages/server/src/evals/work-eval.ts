import { z } from 'zod'
import type { CallJournal } from '../base/call-journal.ts'
import type { Clock } from '../base/clock.ts'
import type { RecordedError } from '../base/errors.ts'
import type { JobId, OrganizationId } from '../base/ids.ts'
import { type Database, type TenantTx, withTenant } from '../db/index.ts'
import type { Llm } from '../llm/spec.ts'
import type { Queue } from '../queue/index.ts'
import type { Agent, WorksFor } from '../runtime/index.ts'
import { judgeItems } from './judge-items.ts'
import { readRuns } from './read-runs.ts'
import type { EvalRow } from './spec.ts'
import { endEval, holdEval, releaseEval } from './sql/evals.ts'
import { countOpen } from './sql/items.ts'
import { startItems } from './start-items.ts'

export interface EvalParts {
  readonly database: Database
  readonly queue: Pick<Queue, 'dispatch'>
  readonly agents: ReadonlyMap<string, Agent>
  readonly llm: Pick<Llm, 'generateObject'>
  /** Where a judge's calls are written down, and charged to the agent and the brand that it judges. */
  readonly journal: (organizationId: OrganizationId, worksFor: WorksFor) => CallJournal
  readonly clock: Clock
}

/** An eval as its job has it in hand. */
export interface EvalInHand {
  readonly row: EvalRow
  readonly jobId: JobId
  readonly organizationId: OrganizationId
  readonly inside: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>
  readonly signal: AbortSignal
}

const Payload = z.object({ evalId: z.uuid() })

/** How long one job carries an eval on, so that long evals take turns with others. */
const sliceMs = 60_000
const pollMs = 250
/** A third of how long an eval is kept for a silent job: a judge may take minutes, and another job would ask it again. */
const renewMs = 20_000
/** How soon an eval is looked at again whose runs all wait. */
const waitSeconds = 10

/**
 * Carries an eval on: starts its runs, a few at a time, reads those that are over, has them measured, and ends it. All of it
 * is rows, each step a transaction: killed anywhere, or twice at once, it asks no case twice and says nothing twice. Only
 * the newest job that an eval was given to goes on with it.
 */
export async function workEval(
  parts: EvalParts,
  job: { readonly organizationId: OrganizationId; readonly id: JobId; readonly payload: unknown },
  signal: AbortSignal,
): Promise<void> {
  const { organizationId, id: jobId } = job
  const { evalId } = Payload.parse(job.payload)
  const inside: EvalInHand['inside'] = (work) => withTenant(parts.database, organizationId, work)
  const until = parts.clock.now().getTime() + sliceMs
  for (;;) {
    signal.throwIfAborted()
    const row = await inside((tx) => holdEval(tx, evalId, jobId))
    if (!row) return
    const inHand: EvalInHand = { row, jobId, organizationId, inside, signal }
    const waiting = await keeping(parts, inHand, () => carryOn(parts, inHand))
    if (waiting === 'over') return
    const isTurnOver = parts.clock.now().getTime() >= until
    if (waiting ?? isTurnOver) {
      return inside((tx) => releaseEval(tx, evalId, { seconds: waiting ? waitSeconds : 0, waiting }))
    }
    await parts.clock.sleep(pollMs, signal)
  }
}

/** Keeps an eval in hand while work on it goes on, however long a model takes. */
async function keeping<Result>(parts: EvalParts, inHand: EvalInHand, work: () => Promise<Result>): Promise<Result> {
  const over = new AbortController()
  const renewing = Promise.allSettled([renew(parts, inHand, over.signal)])
  const result = await work().finally(() => over.abort())
  const [renewed] = await renewing
  if (renewed.status === 'rejected') throw renewed.reason
  return result
}

/** Until `over` fires, or another job has the eval. */
async function renew({ clock }: EvalParts, { row, jobId, inside }: EvalInHand, over: AbortSignal): Promise<void> {
  const passed = () =>
    clock.sleep(renewMs, over).then(
      () => true,
      (error: unknown) => {
        if (over.aborted) return false
        throw error
      },
    )
  while (await passed()) {
    if (!(await inside((tx) => holdEval(tx, row.id, jobId)))) return
  }
}

/** One look at an eval. Returns why nothing goes on at the moment, or undefined where something does. */
async function carryOn(parts: EvalParts, inHand: EvalInHand): Promise<RecordedError | 'over' | undefined> {
  const runs = await readRuns(inHand)
  await startItems(parts, inHand)
  const judges = await judgeItems(parts, inHand)
  const isOver = await inHand.inside(async (tx) => {
    // Of two that look at once, the second waits here and finds it over.
    if (!(await holdEval(tx, inHand.row.id, inHand.jobId)) || (await countOpen(tx, inHand.row.id)) > 0) return false
    return endEval(tx, inHand.row.id, { status: 'finished' })
  })
  return isOver ? 'over' : (judges ?? runs)
}
