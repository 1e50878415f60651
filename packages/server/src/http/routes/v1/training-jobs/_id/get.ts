import { routes } from '@neonhub/contract'
import { findTrainingJob } from '../../../../../learning/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toTrainingJob } from '../../../../to-voice-tuning.ts'

export const getTrainingJob = implement(routes.getTrainingJob)(async ({ params, inTenant }) => {
  const job = await inTenant((tx) => findTrainingJob(tx, params.id))
  return { status: 200, body: toTrainingJob(orNotFound(job, 'training job')) }
})
