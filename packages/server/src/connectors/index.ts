import { NeonHubError } from '../base/errors.ts'
import { callTool, findEarlier, simulateTool } from './call-tool.ts'
import { type ConnectionCall, checkConnector } from './check-connection.ts'
import { describeTool, type ToolDescription } from './describe-tool.ts'
import { email } from './email/email.ts'
import { slack } from './slack/slack.ts'
import type { Connector } from './spec.ts'
import type { Tool, ToolCall } from './tool.ts'
import { webhook } from './webhook/webhook.ts'

export type { ConnectionCall } from './check-connection.ts'
export { type ActionDescription, type ConnectorDescription, describeConnector } from './describe-connector.ts'
export { type Estimate, realMoneyOf } from './estimate.ts'
export type { ToolDescription } from './describe-tool.ts'
export { type ConnectorMode, resolveMode } from './resolve-mode.ts'
export { type ActionPreview, ConnectorError, type EffectClass, type Money, type SandboxStore } from './spec.ts'
export { type ReadInbound, readInbound } from './read-inbound.ts'
export type { Tool, ToolCall } from './tool.ts'

/** The registration: a new connector is one folder and one line here. */
const registered = [email, slack, webhook]

/** Every connector by its id. */
export const connectors: ReadonlyMap<string, Connector> = new Map(
  registered.map((connector) => [connector.id, connector]),
)

const tools: ReadonlyMap<string, Tool> = new Map(
  registered.flatMap((connector) =>
    Object.entries(connector.actions).map(([actionName, action]): [string, Tool] => {
      const name = `${connector.id}.${actionName}`
      return [name, { name, connector, action }]
    }),
  ),
)

/** One call, naming its tool. */
export interface ToolInvocation extends ToolCall {
  readonly tool: string
}

/** The tool of this name (`email.send`), or undefined. */
export function findTool(name: string): Tool | undefined {
  return tools.get(name)
}

/** Every tool of every connector, in the order of registration. */
export function listTools(): readonly Tool[] {
  return [...tools.values()]
}

function getTool(name: string): Tool {
  const tool = tools.get(name)
  if (tool) return tool
  throw new NeonHubError('connectors.tool_not_found', `There is no tool named ${name}`, {
    kind: 'not_found',
    hint: `The tools are ${[...tools.keys()].join(', ')}.`,
  })
}

/** Says what a call would do, whom it reaches and what a person sees of it; see `describeTool`. Nothing leaves. */
export function describeAction(
  invocation: Pick<ToolInvocation, 'tool' | 'mode' | 'settings' | 'input'>,
): ToolDescription {
  return describeTool(getTool(invocation.tool), invocation)
}

/** What a dry run is told in the place of an action's answer; see `simulateTool`. Nothing leaves. */
export function simulateAction(invocation: Pick<ToolInvocation, 'tool' | 'mode' | 'settings' | 'input'>): unknown {
  return simulateTool(getTool(invocation.tool), invocation)
}

/** Runs a tool and returns its parsed output; see `callTool`. Every failure of the call is a `ConnectorError`. */
export async function callAction(invocation: ToolInvocation): Promise<unknown> {
  return callTool(getTool(invocation.tool), invocation)
}

/** The effect that an earlier attempt left at the provider, as output, or undefined; see `findEarlier`. */
export async function findEarlierEffect(invocation: ToolInvocation): Promise<unknown> {
  return findEarlier(getTool(invocation.tool), invocation)
}

/** Asks a provider whether a connection works; throws a `ConnectorError` that says why it does not. */
export async function checkConnection(connectorId: string, call: ConnectionCall): Promise<void> {
  const connector = connectors.get(connectorId)
  if (connector) return checkConnector(connector, call)
  throw new NeonHubError('connectors.connector_not_found', `There is no connector named ${connectorId}`, {
    kind: 'not_found',
    hint: `The connectors are ${[...connectors.keys()].join(', ')}.`,
  })
}
