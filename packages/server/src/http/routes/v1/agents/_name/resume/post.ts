import { routes } from '@neonhub/contract'
import { setAgentStatus } from '../../../../../../runtime/index.ts'
import { getAgent, readAgentSettings } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const resumeAgent = implement(routes.resumeAgent)(async ({ parts, params, inTenant, audit }) => {
  const agent = getAgent(parts, params.name)
  const settings = await inTenant(async (tx) => {
    await setAgentStatus(tx, agent, 'active')
    await audit(tx, { subject: `agent:${agent.name}` })
    return readAgentSettings(tx, agent)
  })
  return { status: 200, body: settings }
})
