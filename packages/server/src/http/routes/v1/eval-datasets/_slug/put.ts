import { routes } from '@neonhub/contract'
import { setDataset } from '../../../../../evals/index.ts'
import { implement } from '../../../../implement.ts'
import { toEvalDataset } from '../../../../to-eval-dataset.ts'

export const putEvalDataset = implement(routes.putEvalDataset)(async ({
  parts,
  params,
  body,
  caller,
  inTenant,
  audit,
}) => {
  const { agent, intent, brand, description, evaluators, cases } = body
  for (const evaluator of evaluators ?? []) {
    const { model } = evaluator.type === 'judge' ? evaluator : {}
    if (model !== undefined) await inTenant((tx) => parts.services.assertModel(tx, model))
  }
  const set = await inTenant(async (tx) => {
    const change = { slug: params.slug, agent, intent, brand, description, evaluators, cases, by: caller.name }
    const result = await setDataset(tx, parts.services.agents, change)
    await audit(tx, {
      subject: `eval_dataset:${result.dataset.id}`,
      detail: {
        slug: params.slug,
        agent,
        intent,
        evaluatorsVersion: result.dataset.evaluatorsVersion,
        added: result.cases.added.length,
        changed: result.cases.changed.length,
      },
    })
    return result
  })
  return { status: 200, body: { ...toEvalDataset(set.dataset), ...set.cases } }
})
