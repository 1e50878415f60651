import { routes } from '@neonhub/contract'
import { getAgent, readAgentSettings } from '../../../../../agent-settings.ts'
import { implement } from '../../../../../implement.ts'

export const getAgentSettings = implement(routes.getAgentSettings)(async ({ parts, params, inTenant }) => {
  const agent = getAgent(parts, params.name)
  return { status: 200, body: await inTenant((tx) => readAgentSettings(tx, agent)) }
})
