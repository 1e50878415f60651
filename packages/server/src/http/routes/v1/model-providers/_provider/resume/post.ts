import { routes } from '@neonhub/contract'
import { closeModelBreaker } from '../../../../../../runtime/index.ts'
import { implement } from '../../../../../implement.ts'

export const resumeModelProvider = implement(routes.resumeModelProvider)(async ({ params, inTenant, audit }) => {
  const { provider } = params
  const wasFailing = await inTenant(async (tx) => {
    const had = await closeModelBreaker(tx, provider)
    await audit(tx, { subject: `model_provider:${provider}`, detail: { wasFailing: had } })
    return had
  })
  return { status: 200, body: { provider, wasFailing } }
})
