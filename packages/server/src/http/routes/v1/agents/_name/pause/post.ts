import { routes } from '@neonhub/contract'
import { setAgentStatus } from '../../../../../../runtime/index.ts'
import { getAgent, readAgentSettings } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const pauseAgent = implement(routes.pauseAgent)(async ({ parts, params, inTenant, audit }) => {
  const agent = getAgent(parts, params.name)
  const settings = await inTenant(async (tx) => {
    await setAgentStatus(tx, agent, 'paused')
    await audit(tx, { subject: `agent:${agent.name}` })
    return readAgentSettings(tx, agent)
  })
  return { status: 200, body: settings }
})
