import { connectors, describeConnector, listTools } from '../../connectors/index.ts'
import type { Agent } from '../spec.ts'
import { schemasOf, toolSchemaOf } from './schemas-of.ts'

/** The intents, tools and connectors of this process's code, each with a hash: what the catalogue is synced from. */
export function codeCatalogue(agents: ReadonlyMap<string, Agent>) {
  return {
    capabilities: [...agents.values()].flatMap((agent) =>
      Object.entries(agent.intents).map(([name, intent]) => {
        const { input, output, hash } = schemasOf(intent)
        return { agent: agent.name, intent: name, schemaHash: hash, input, output }
      }),
    ),
    tools: listTools().map((tool) => {
      const { input, hash } = toolSchemaOf(tool)
      const { name, connector, action } = tool
      return { name, connector: connector.id, effect: action.effect, schemaHash: hash, input }
    }),
    connectors: [...connectors.values()].map(describeConnector),
  }
}
