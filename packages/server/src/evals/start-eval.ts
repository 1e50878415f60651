import { maxEvalItems } from '@neonhub/contract'
import { NeonHubError } from '../base/errors.ts'
import type { JobId } from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import { addJob } from '../queue/index.ts'
import { type Agent, checkPrompts, findIntent, listPrompts } from '../runtime/index.ts'
import type { AskedPrompt, Dataset } from './spec.ts'
import { listCases } from './sql/cases.ts'
import { findDataset } from './sql/datasets.ts'
import { insertEval, newEvalId } from './sql/evals.ts'
import { insertItems } from './sql/items.ts'

export interface EvalRequest {
  /** Slug of the data set. */
  readonly dataset: string
  readonly repeat: number
  readonly note: string
  /** `provider:model`, asked in the place of what is configured; that it can be asked, the caller has checked. */
  readonly model: string | undefined
  /** Texts that are asked in the place of those in force, which stay in force for everybody else. */
  readonly prompts: readonly { readonly key: string; readonly version: number }[]
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly requestedBy: string
}

/**
 * Writes down that every case of a data set is to be asked, as it stands now, with the job that a worker does; dispatch it
 * once the transaction is committed. Undefined where there is no such data set. Throws `evals.no_cases`,
 * `evals.no_evaluators`, `evals.too_large`, and what `findIntent` and `checkPrompts` throw.
 */
export async function startEval(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { dataset: slug, repeat, note, model, prompts: candidates, requestedBy }: EvalRequest,
): Promise<{ readonly id: string; readonly jobId: JobId } | undefined> {
  const dataset = await findDataset(tx, slug)
  if (!dataset) return undefined
  const { agent } = findIntent(agents, dataset)
  const cases = await listCases(tx, dataset.id)
  if (cases.length === 0) throw noCases(slug)
  if (dataset.evaluators.length === 0) throw noEvaluators(slug)
  if (cases.length * repeat > maxEvalItems) throw tooLarge(cases.length * repeat)
  const id = newEvalId()
  const jobId = await addJob(tx, { queue: 'eval.run', payload: { evalId: id } })
  const prompts = await choosePrompts(tx, agents, { agent, dataset, candidates })
  await insertEval(tx, { id, dataset, jobId, repeat, note, prompts, model, requestedBy })
  await insertItems(tx, { evalId: id, caseIds: cases.map((one) => one.id), repeat })
  return { id, jobId }
}

/**
 * The text of each task that all of the eval's runs ask: what is in force now, so that one which is activated meanwhile does
 * not divide the eval, or a candidate.
 */
async function choosePrompts(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  {
    agent,
    dataset: { intent },
    candidates,
  }: { readonly agent: Agent; readonly dataset: Dataset; readonly candidates: EvalRequest['prompts'] },
): Promise<readonly AskedPrompt[]> {
  await checkPrompts(
    tx,
    agents,
    candidates.map((one) => ({ agent: agent.name, intent, ...one })),
  )
  const prompts = await listPrompts(tx, agent)
  return prompts
    .filter((prompt) => prompt.intent === intent)
    .map(({ key, activeVersion }) => {
      const version = candidates.find((one) => one.key === key)?.version
      return { key, version: version ?? activeVersion, isCandidate: version !== undefined && version !== activeVersion }
    })
}

const noCases = (slug: string) =>
  new NeonHubError('evals.no_cases', `The data set ${slug} has no cases`, {
    kind: 'conflict',
    hint: `Add some: neonhub evals cases add ${slug} FILE`,
  })

const noEvaluators = (slug: string) =>
  new NeonHubError('evals.no_evaluators', `The data set ${slug} has no evaluators, so nothing would be measured`, {
    kind: 'conflict',
    hint: `Give it some: neonhub evals import FILE`,
  })

const tooLarge = (items: number) =>
  new NeonHubError('evals.too_large', `That would be ${items} runs, and an eval starts at most ${maxEvalItems}`, {
    kind: 'invalid',
    hint: 'Repeat less often, or split the data set.',
  })
