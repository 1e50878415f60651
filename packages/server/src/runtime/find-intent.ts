import { NeonHubError } from '../base/errors.ts'
import { parseOrThrow } from '../base/parse.ts'
import type { Agent, Intent } from './spec.ts'

/**
 * The agent and its intent by their names. Throws `runtime.agent_unknown`, `runtime.intent_of_other_agent` where the
 * intent is another agent's, `runtime.intent_unknown`.
 */
export function findIntent(
  agents: ReadonlyMap<string, Agent>,
  { agent: agentName, intent: intentName }: { readonly agent: string; readonly intent: string },
): { readonly agent: Agent; readonly intent: Intent } {
  const agent = agents.get(agentName)
  if (!agent) {
    throw new NeonHubError('runtime.agent_unknown', `There is no agent named ${agentName}`, {
      kind: 'not_found',
      hint: `The agents are ${[...agents.keys()].join(', ')}.`,
    })
  }
  const intent = agent.intents[intentName]
  if (intent && Object.hasOwn(agent.intents, intentName)) return { agent, intent }
  const owner = [...agents.values()].find((other) => Object.hasOwn(other.intents, intentName))
  if (owner) {
    throw new NeonHubError(
      'runtime.intent_of_other_agent',
      `${agentName} has no intent ${intentName}; ${owner.name} has`,
      {
        kind: 'invalid',
        hint: `Ask ${owner.name} ${intentName}.`,
      },
    )
  }
  throw new NeonHubError('runtime.intent_unknown', `No agent has an intent named ${intentName}`, {
    kind: 'not_found',
    hint: `${agentName} has ${Object.keys(agent.intents).join(', ')}.`,
  })
}

/**
 * Finds what is asked and parses what it is asked with. Throws the errors of `findIntent`, `runtime.input_invalid`
 * with the path of each wrong place, and `runtime.brand_missing`.
 */
export function parseAsked(
  agents: ReadonlyMap<string, Agent>,
  asked: { readonly agent: string; readonly intent: string; readonly input: unknown; readonly hasBrand: boolean },
): { readonly agent: Agent; readonly intent: Intent; readonly input: unknown } {
  const { agent, intent } = findIntent(agents, asked)
  const input = parseOrThrow(intent.input, asked.input, {
    code: 'runtime.input_invalid',
    what: `The input of ${agent.name} ${asked.intent}`,
    hint: 'Correct the places that are named; `neonhub agents` and GET /v1/agents show what each intent takes.',
  })
  if (intent.needsBrand && !asked.hasBrand) {
    throw new NeonHubError(
      'runtime.brand_missing',
      `${agent.name} ${asked.intent} works for a brand, and none is named`,
      {
        kind: 'invalid',
        hint: 'Name one: --brand SLUG, or "brand" in the request. `neonhub brand list` shows them.',
      },
    )
  }
  return { agent, intent, input }
}
