import { maxEvalCases } from '@neonhub/contract'
import { NeonHubError } from '../base/errors.ts'
import type { TenantTx } from '../db/index.ts'
import { type Agent, findIntent, getBrandId } from '../runtime/index.ts'
import { assertCases } from './assert-cases.ts'
import { assertEvaluators } from './assert-evaluators.ts'
import type { Dataset, Evaluator, NewCase } from './spec.ts'
import { type AddedCases, addCases } from './sql/cases.ts'
import { insertDataset, lockDataset, updateDataset } from './sql/datasets.ts'

export interface DatasetChange {
  readonly slug: string
  readonly agent: string
  readonly intent: string
  /** Slug. */
  readonly brand: string | undefined
  readonly description: string | undefined
  readonly evaluators: readonly Evaluator[] | undefined
  readonly cases: readonly NewCase[] | undefined
  readonly by: string
}

/**
 * Makes a data set, or changes what is named of one that is there. Throws what `findIntent` throws, `runtime.brand_unknown`,
 * `runtime.brand_missing`, `evals.dataset_taken` where it is another intent's or brand's, and what `assertCases` and
 * `assertEvaluators` throw.
 */
export async function setDataset(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  change: DatasetChange,
): Promise<{ readonly dataset: Dataset; readonly cases: AddedCases }> {
  const { slug, agent, intent, brand, by } = change
  assertSame(change, await lockDataset(tx, slug))
  const found = findIntent(agents, { agent, intent })
  const brandId = brand === undefined ? undefined : await getBrandId(tx, brand)
  if (found.intent.needsBrand && brandId === undefined) throw brandMissing(agent, intent)
  await insertDataset(tx, { slug, agent, intent, brandId, createdBy: by })
  const dataset = await getLocked(tx, slug)
  assertSame(change, dataset)
  assertEvaluators(change.evaluators ?? [])
  await updateDataset(tx, dataset.id, change)
  const cases = await addChecked(tx, agents, { dataset, cases: change.cases ?? [], by })
  return { dataset: await getLocked(tx, slug), cases }
}

/** Another may have made it at the same moment. */
function assertSame({ agent, intent, brand }: DatasetChange, dataset: Dataset | undefined): void {
  if (!dataset) return
  const isSame = dataset.agent === agent && dataset.intent === intent && dataset.brand === brand
  if (!isSame) throw taken(dataset)
}

/** Adds cases to a data set that is locked, once all are checked. Throws what `assertCases` throws. */
export async function addChecked(
  tx: TenantTx,
  agents: ReadonlyMap<string, Agent>,
  { dataset, cases, by }: { readonly dataset: Dataset; readonly cases: readonly NewCase[]; readonly by: string },
): Promise<AddedCases> {
  assertCases(agents, dataset, cases)
  const added = await addCases(tx, { datasetId: dataset.id, cases, createdBy: by })
  if (dataset.caseCount + added.added.length <= maxEvalCases) return added
  throw new NeonHubError('evals.too_many_cases', `A data set has at most ${maxEvalCases} cases`, {
    kind: 'invalid',
    hint: 'Take some out, or make another data set.',
  })
}

async function getLocked(tx: TenantTx, slug: string): Promise<Dataset> {
  const dataset = await lockDataset(tx, slug)
  if (dataset) return dataset
  throw new NeonHubError('evals.dataset_gone', `The data set ${slug} was forgotten at the same moment`, {
    kind: 'conflict',
    retryable: true,
  })
}

const brandMissing = (agent: string, intent: string) =>
  new NeonHubError('runtime.brand_missing', `${agent} ${intent} works for a brand, and the data set names none`, {
    kind: 'invalid',
    hint: 'Give it one: brand: SLUG. `neonhub brand list` shows them.',
  })

const taken = ({ slug, agent, intent, brand }: Dataset) =>
  new NeonHubError(
    'evals.dataset_taken',
    `The data set ${slug} is of ${agent} ${intent}${brand === undefined ? '' : ` for ${brand}`}`,
    { kind: 'conflict', hint: 'What it is of does not change: take another name.' },
  )
