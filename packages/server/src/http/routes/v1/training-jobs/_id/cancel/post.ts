import { routes } from '@neonhub/contract'
import { cancelTraining, findTrainingJob } from '../../../../../../learning/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { toTrainingJob } from '../../../../../to-voice-tuning.ts'

export const cancelTrainingJob = implement(routes.cancelTrainingJob)(async ({ params, caller, inTenant, audit }) => {
  const job = await inTenant(async (tx) => {
    const isCancelled = await cancelTraining(tx, { id: params.id, by: caller.name })
    const found = orNotFound(await findTrainingJob(tx, params.id), 'training job')
    if (isCancelled) await audit(tx, { subject: `training_job:${params.id}`, detail: { brand: found.brand } })
    return found
  })
  return { status: 200, body: toTrainingJob(job) }
})
