import { routes } from '@neonhub/contract'
import { compact } from '../../../../../../base/compact.ts'
import { setConfig } from '../../../../../../runtime/index.ts'
import { assertFallbackModels } from '../../../../../assert-fallback-models.ts'
import { getAgent, toConfiguration } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const configureAgent = implement(routes.configureAgent)(async ({
  parts,
  params,
  body,
  caller,
  inTenant,
  audit,
}) => {
  const agent = getAgent(parts, params.name)
  const config = await inTenant(async (tx) => {
    if (body.model !== undefined) await parts.services.assertModel(tx, body.model)
    await assertFallbackModels(parts, tx, body.fallbackModels ?? [])
    const written = await setConfig(tx, agent, { ...body, actor: caller.name })
    await audit(tx, { subject: `agent:${agent.name}`, detail: compact({ ...body, version: written.version }) })
    return written
  })
  return { status: 200, body: toConfiguration(config) }
})
