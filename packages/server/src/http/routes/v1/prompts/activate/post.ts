import { routes } from '@neonhub/contract'
import { activatePrompt as activateVersion, getPrompt } from '../../../../../runtime/index.ts'
import { getAgent, toPrompt } from '../../../../agent-settings.ts'
import { implement } from '../../../../implement.ts'

export const activatePrompt = implement(routes.activatePrompt)(async ({ parts, body, caller, inTenant, audit }) => {
  const agent = getAgent(parts, body.agent)
  const { intent, key, version, untried } = body
  const prompt = await inTenant(async (tx) => {
    await activateVersion(tx, agent, { intent, key, version, untried, actor: caller.name })
    await audit(tx, { subject: `agent:${agent.name}`, detail: { intent, key, version, untried } })
    return getPrompt(tx, agent, { intent, key })
  })
  return { status: 200, body: toPrompt(prompt) }
})
