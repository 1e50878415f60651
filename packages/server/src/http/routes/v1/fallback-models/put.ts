import { routes } from '@neonhub/contract'
import { setFallbackModels as setFallbacks } from '../../../../runtime/index.ts'
import { assertFallbackModels } from '../../../assert-fallback-models.ts'
import { implement } from '../../../implement.ts'

export const setFallbackModels = implement(routes.setFallbackModels)(async ({
  parts,
  body: { models },
  caller,
  inTenant,
  audit,
}) => {
  await inTenant(async (tx) => {
    await assertFallbackModels(parts, tx, models)
    await setFallbacks(tx, { models, actor: caller.name })
    await audit(tx, { subject: 'fallback_models', detail: { models } })
  })
  return { status: 200, body: { models } }
})
