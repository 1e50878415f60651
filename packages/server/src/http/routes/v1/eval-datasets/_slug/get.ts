import { routes } from '@neonhub/contract'
import { findDataset, listCases } from '../../../../../evals/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toEvalCase, toEvalDataset } from '../../../../to-eval-dataset.ts'

export const getEvalDataset = implement(routes.getEvalDataset)(async ({ params, inTenant }) => {
  const { dataset, cases } = await inTenant(async (tx) => {
    const found = orNotFound(await findDataset(tx, params.slug), 'data set')
    return { dataset: found, cases: await listCases(tx, found.id) }
  })
  return { status: 200, body: { ...toEvalDataset(dataset), cases: cases.map(toEvalCase) } }
})
