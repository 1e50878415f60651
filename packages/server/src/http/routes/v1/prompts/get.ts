import { routes } from '@neonhub/contract'
import { listPrompts as readPrompts } from '../../../../runtime/index.ts'
import { getAgent, toPrompt } from '../../../agent-settings.ts'
import { implement } from '../../../implement.ts'

export const listPrompts = implement(routes.listPrompts)(async ({ parts, query, inTenant }) => {
  const agents = query.agent === undefined ? [...parts.services.agents.values()] : [getAgent(parts, query.agent)]
  const prompts = await inTenant(async (tx) => {
    const found = []
    for (const agent of agents) found.push(...(await readPrompts(tx, agent)))
    return found
  })
  const isAsked = ({ intent, key }: { readonly intent: string; readonly key: string }) =>
    (query.intent ?? intent) === intent && (query.key ?? key) === key
  return { status: 200, body: { prompts: prompts.filter(isAsked).map(toPrompt) } }
})
