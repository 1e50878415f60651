import { routes } from '@neonhub/contract'
import { findTrainingJob, requestTuning } from '../../../../learning/index.ts'
import { implement } from '../../../implement.ts'
import { orNotFound } from '../../../lists.ts'
import { toTrainingJob } from '../../../to-voice-tuning.ts'

export const createTrainingJob = implement(routes.createTrainingJob)(async (call) => {
  const { parts, body, caller, organization, inTenant, audit } = call
  const { brand, datasetIds, approvedContent, seed } = body
  const { job, jobId } = await inTenant(async (tx) => {
    const sources = { datasetIds, approvedContent }
    const asked = await requestTuning(tx, { brand, sources, seed, requestedBy: caller.name })
    const { id, jobId } = orNotFound(asked, datasetIds ? 'brand with these datasets' : 'brand')
    await audit(tx, { subject: `training_job:${id}`, detail: { brand, approvedContent, seed, datasetIds } })
    return { job: await findTrainingJob(tx, id), jobId }
  })
  await parts.services.dispatchTuning(organization().id, jobId)
  return { status: 201, body: toTrainingJob(orNotFound(job, 'training job')) }
})
