import type { RecordedError } from '../base/errors.ts'
import { askJudge, type Judge } from './ask-judge.ts'
import { type ItemAnswer, listScoring, loadAnswers, moveItem } from './sql/items.ts'
import { insertResult, listDone } from './sql/results.ts'
import type { EvalInHand, EvalParts } from './work-eval.ts'

/** How many answers are judged before the runs are looked at again. */
const mostAtOnce = 4

/** What a budget says while it may have room again: nothing is recorded, and the judge is asked later. */
const heldCodes = new Set(['runtime.budget_exhausted', 'runtime.budget_reserved'])

/** Has answers judged, a few of them. Returns why nothing goes on, where a budget has no room for judges. */
export async function judgeItems(
  parts: Pick<EvalParts, 'llm' | 'journal'>,
  inHand: EvalInHand,
): Promise<RecordedError | undefined> {
  const { row, inside } = inHand
  const judges = row.evaluators.filter((evaluator): evaluator is Judge => evaluator.type === 'judge')
  if (judges.length === 0) return undefined
  const answers = await inside(async (tx) => loadAnswers(tx, (await listScoring(tx, row.id)).slice(0, mostAtOnce)))
  const held = await Promise.all(answers.map((answer) => judgeOne(parts, inHand, { answer, judges })))
  return held.find((error) => error !== undefined)
}

async function judgeOne(
  parts: Pick<EvalParts, 'llm' | 'journal'>,
  { row: { agent, brandId }, organizationId, inside, signal }: EvalInHand,
  { answer, judges }: { readonly answer: ItemAnswer; readonly judges: readonly Judge[] },
): Promise<RecordedError | undefined> {
  const done = await inside((tx) => listDone(tx, answer.id))
  for (const judge of judges.filter(({ name }) => !done.has(name))) {
    const verdict = await askJudge(parts, { organizationId, worksFor: { agent, brandId }, judge, answer, signal })
    if (verdict.error && heldCodes.has(verdict.error.code)) return verdict.error
    await inside((tx) => insertResult(tx, { itemId: answer.id, evaluator: judge, verdict }))
  }
  await inside((tx) => moveItem(tx, answer.id, { from: ['scoring'], to: 'done' }))
  return undefined
}
