import { deadlineError } from './_lib/deadline-error.ts'
import { withEffect } from './_lib/with-effect.ts'
import { parseRealCall, parseSettings } from './parse-call.ts'
import type { Connector } from './spec.ts'
import type { ToolCall } from './tool.ts'

/** What a check of a connection needs. */
export type ConnectionCall = Omit<ToolCall, 'input' | 'store'>

/**
 * Asks the provider whether a connection works. A sandbox connection works as soon as its settings are right.
 * Throws a `ConnectorError` that says why it does not.
 */
export async function checkConnector(connector: Connector, call: ConnectionCall): Promise<void> {
  if (call.mode === 'sandbox') {
    parseSettings(connector, call)
    return
  }
  const realCall = parseRealCall(connector, call)
  if (call.signal.aborted) throw deadlineError('none', call.signal.reason)
  try {
    await connector.check(realCall)
  } catch (error) {
    throw withEffect(error, 'none')
  }
}
