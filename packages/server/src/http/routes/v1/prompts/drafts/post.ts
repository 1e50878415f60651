import { routes } from '@neonhub/contract'
import { draftPrompt as writeDraft, getPrompt } from '../../../../../runtime/index.ts'
import { getAgent, toPrompt } from '../../../../agent-settings.ts'
import { implement } from '../../../../implement.ts'

export const draftPrompt = implement(routes.draftPrompt)(async ({ parts, body, caller, inTenant, audit }) => {
  const agent = getAgent(parts, body.agent)
  const { intent, key, task, note } = body
  const drafted = await inTenant(async (tx) => {
    const { version, unused } = await writeDraft(tx, agent, { intent, key, task, note, actor: caller.name })
    await audit(tx, { subject: `agent:${agent.name}`, detail: { intent, key, version } })
    return { prompt: toPrompt(await getPrompt(tx, agent, { intent, key })), version, unused }
  })
  return { status: 201, body: drafted }
})
