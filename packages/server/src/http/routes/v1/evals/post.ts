import { routes } from '@neonhub/contract'
import { findEval, startEval as start, summarize } from '../../../../evals/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toEval } from '../../../to-eval.ts'

export const startEval = implement(routes.startEval)(async ({ parts, body, caller, organization, inTenant, audit }) => {
  const { found, jobId } = await inTenant(async (tx) => {
    const { dataset, repeat, note, model, prompts } = body
    if (model !== undefined) await parts.services.assertModel(tx, model)
    const asked = { dataset, repeat, note, model, prompts, requestedBy: caller.name }
    const started = orNotFound(await start(tx, parts.services.agents, asked), 'data set')
    await audit(tx, { subject: `eval:${started.id}`, detail: { dataset, repeat, model, prompts } })
    const row = orNotFound(await findEval(tx, started.id), 'eval')
    return { found: await summarize(tx, [row]), jobId: started.jobId }
  })
  await parts.services.dispatchEval(organization().id, jobId)
  return { status: 201, body: toEval(orNotFound(found[0], 'eval')) }
})
