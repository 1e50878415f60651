import { asId } from '../base/ids.ts'
import type { RecordedError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import { findVoice, getBrand } from '../knowledge/index.ts'
import { type Answer, applyRule, isRule } from './rules/apply-rule.ts'
import type { EvalRow } from './spec.ts'
import { type ItemRun, keepRunFacts, listRunning, loadAnswers, moveItem } from './sql/items.ts'
import { insertResult } from './sql/results.ts'
import type { EvalInHand } from './work-eval.ts'

/**
 * Reads the runs that are over, and has their answers measured by rules. Returns why nothing goes on, where all that are
 * under way wait for a budget.
 */
export async function readRuns({ row, inside }: EvalInHand): Promise<RecordedError | undefined> {
  const running = await inside((tx) => listRunning(tx, row.id))
  const succeeded = running.filter(({ status }) => status === 'succeeded')
  for (const run of running) {
    const error = whyFailed(run)
    if (error) await inside((tx) => endItem(tx, run.id, error))
  }
  if (succeeded.length > 0) {
    const brand = await inside((tx) => loadBrand(tx, row))
    for (const { id } of succeeded) await measure({ row, inside }, id, brand)
  }
  const waits = running.map(({ status, waitsFor }) => (status === 'waiting' ? waitsFor : null))
  return waits.length > 0 && waits.every((error) => error !== null) ? waits[0] : undefined
}

/** Why a run will not answer; undefined while it may, and where it has. */
function whyFailed({ runId, status, error }: ItemRun): RecordedError | undefined {
  if (runId === null || status === null) return gone
  switch (status) {
    case 'failed':
    case 'needs_attention':
      return error ?? { code: 'evals.run_failed', message: 'The run has failed', retryable: false }
    case 'cancelled':
      return { code: 'runtime.cancelled', message: 'Somebody has cancelled the run', retryable: false }
    case 'queued':
    case 'running':
    case 'waiting':
    case 'succeeded':
      return undefined
    default:
      return status satisfies never
  }
}

const gone: RecordedError = {
  code: 'evals.run_gone',
  message: 'The run was removed before its answer was measured',
  hint: 'Retention keeps runs for fewer days than the eval took.',
  retryable: false,
}

async function endItem(tx: TenantTx, id: string, error: RecordedError): Promise<void> {
  if (await moveItem(tx, id, { from: ['running'], to: 'failed', error })) await keepRunFacts(tx, id)
}

type BrandRead = Pick<Answer, 'voice' | 'siteUrl'>

async function loadBrand(tx: TenantTx, { brandId }: EvalRow): Promise<BrandRead> {
  if (brandId === undefined) return { voice: undefined, siteUrl: undefined }
  const { website } = await getBrand(tx, brandId)
  return { voice: await findVoice(tx, brandId), siteUrl: website }
}

/** The rules are applied outside of a transaction; their results and that the item has them are one. */
async function measure(
  { row, inside }: Pick<EvalInHand, 'row' | 'inside'>,
  id: string,
  brand: BrandRead,
): Promise<void> {
  const [answer] = await inside((tx) => loadAnswers(tx, [id]))
  if (!answer) return
  const results = row.evaluators
    .filter(isRule)
    .map((evaluator) => ({ evaluator, verdict: applyRule(evaluator, { ...answer, ...brand }) }))
  const isJudged = row.evaluators.some(({ type }) => type === 'judge')
  await inside(async (tx) => {
    if (!(await moveItem(tx, id, { from: ['running'], to: isJudged ? 'scoring' : 'done' }))) return
    await keepRunFacts(tx, id)
    for (const result of results) await insertResult(tx, { itemId: asId(id), ...result })
  })
}
