import { routes } from '@neonhub/contract'
import { getPrompt, revertPrompt as revertToCode } from '../../../../../runtime/index.ts'
import { getAgent, toPrompt } from '../../../../agent-settings.ts'
import { implement } from '../../../../implement.ts'

export const revertPrompt = implement(routes.revertPrompt)(async ({ parts, body, inTenant, audit }) => {
  const agent = getAgent(parts, body.agent)
  const { intent, key } = body
  const prompt = await inTenant(async (tx) => {
    const version = await revertToCode(tx, agent, { intent, key })
    await audit(tx, { subject: `agent:${agent.name}`, detail: { intent, key, version } })
    return getPrompt(tx, agent, { intent, key })
  })
  return { status: 200, body: toPrompt(prompt) }
})
