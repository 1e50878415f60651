import { routes } from '@neonhub/contract'
import { findModelVersion } from '../../../../../learning/index.ts'
import { implement } from '../../../../implement.ts'
import { orNotFound } from '../../../../lists.ts'
import { toModelVersion } from '../../../../to-voice-tuning.ts'

export const getModelVersion = implement(routes.getModelVersion)(async ({ params, inTenant }) => {
  const version = await inTenant((tx) => findModelVersion(tx, params.id))
  return { status: 200, body: toModelVersion(orNotFound(version, 'model version')) }
})
