import type { z } from 'zod'
import { issuesOf } from '../base/parse.ts'
import { type Connector, type ConnectorCall, ConnectorError, type SandboxCall } from './spec.ts'
import type { Tool, ToolCall } from './tool.ts'

function parsePart<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  { code, what }: { code: string; what: string },
): z.output<Schema> {
  const result = schema.safeParse(value)
  if (result.success) return result.data
  const issues = issuesOf(result.error)
  const reasons = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
  throw new ConnectorError(code, `${what} do not fit: ${reasons}`, { kind: 'invalid', effect: 'none', issues })
}

/** The arguments of a tool. Throws `connectors.input_invalid` with the path of each wrong place. */
export function parseInput(tool: Tool, input: unknown): unknown {
  const what = `The arguments of ${tool.name}`
  return parsePart(tool.action.input, input, { code: 'connectors.input_invalid', what })
}

/** A connection's settings; in the sandbox they lie over the connector's own. Throws `connectors.settings_invalid`. */
export function parseSettings(connector: Connector, { mode, settings }: Pick<ToolCall, 'mode' | 'settings'>): unknown {
  const own = typeof settings === 'object' && settings !== null ? settings : {}
  const value = mode === 'sandbox' ? { ...connector.sandboxSettings, ...own } : settings
  const what = `The settings of the ${connector.name} connection`
  return parsePart(connector.settings, value, { code: 'connectors.settings_invalid', what })
}

/** What a connector's real code is handed. Throws `connectors.settings_invalid` and `connectors.credentials_invalid`. */
export function parseRealCall(connector: Connector, call: Omit<ToolCall, 'input' | 'store'>): ConnectorCall {
  const { idempotencyKey, signal, fetch, resolveHost, clock } = call
  const settings = parseSettings(connector, call)
  const what = `The credentials of the ${connector.name} connection`
  const code = 'connectors.credentials_invalid'
  const credentials = parsePart(connector.credentials, call.credentials, { code, what })
  return { settings, credentials, idempotencyKey, signal, fetch, resolveHost, clock }
}

/** What a connector's sandbox is handed. Throws `connectors.settings_invalid`. */
export function parseSandboxCall(connector: Connector, call: ToolCall): SandboxCall {
  const { idempotencyKey, signal, clock, store } = call
  return { settings: parseSettings(connector, call), idempotencyKey, signal, clock, store }
}
