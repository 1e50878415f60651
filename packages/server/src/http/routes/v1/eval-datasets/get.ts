import { routes } from '@neonhub/contract'
import { listDatasets } from '../../../../evals/index.ts'
import { implement } from '../../../implement.ts'
import { toEvalDataset } from '../../../to-eval-dataset.ts'

export const listEvalDatasets = implement(routes.listEvalDatasets)(async ({ inTenant }) => {
  const datasets = await inTenant(listDatasets)
  return { status: 200, body: { datasets: datasets.map(toEvalDataset) } }
})
