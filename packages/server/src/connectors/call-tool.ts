import type { Clock } from '../base/clock.ts'
import { NeonHubError } from '../base/errors.ts'
import { issuesOf } from '../base/parse.ts'
import { deadlineError } from './_lib/deadline-error.ts'
import { withEffect } from './_lib/with-effect.ts'
import { parseInput, parseRealCall, parseSandboxCall, parseSettings } from './parse-call.ts'
import { type ConnectorCall, ConnectorError, type SandboxCall } from './spec.ts'
import type { Tool, ToolCall } from './tool.ts'

/** How long an action may take to end by itself after its signal fired; it alone knows whether anything had left. */
const graceMs = 250

interface Ways {
  readonly real: (call: ConnectorCall, input: unknown) => Promise<unknown>
  readonly sandbox: (call: SandboxCall, input: unknown) => Promise<unknown>
}

/** Parses everything that the call needs; what it returns does the work. */
function prepare(tool: Tool, call: ToolCall, ways: Ways): () => Promise<unknown> {
  const input = parseInput(tool, call.input)
  if (call.mode === 'sandbox') {
    const sandboxCall = parseSandboxCall(tool.connector, call)
    return async () => ways.sandbox(sandboxCall, input)
  }
  const realCall = parseRealCall(tool.connector, call)
  return async () => ways.real(realCall, input)
}

/** Waits for `work`, and a grace after the signal. An action that does not listen to its signal is left behind. */
async function withinDeadline(
  work: () => Promise<unknown>,
  { signal, clock }: { signal: AbortSignal; clock: Clock },
): Promise<unknown> {
  if (signal.aborted) throw deadlineError('none', signal.reason)
  const { promise: overdue, reject } = Promise.withResolvers<never>()
  const onAbort = () => void clock.sleep(graceMs).then(() => reject(deadlineError('unknown', signal.reason)), reject)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    return await Promise.race([work(), overdue])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function parseOutput(tool: Tool, output: unknown): unknown {
  const result = tool.action.output.safeParse(output)
  if (result.success) return result.data
  const message = `${tool.name} answered something that does not fit its schema`
  const issues = issuesOf(result.error)
  throw new ConnectorError('connectors.output_invalid', message, { kind: 'internal', effect: 'unknown', issues })
}

/**
 * Runs a tool and returns its output as its schema gives it. Every failure is a `ConnectorError`: one that nobody
 * foresaw has the effect `unknown`, since it may have come after the call had left, and that of a `read` always `none`.
 */
export async function callTool(tool: Tool, call: ToolCall): Promise<unknown> {
  const { action } = tool
  const work = prepare(tool, call, { real: action.run, sandbox: action.sandbox })
  try {
    return parseOutput(tool, await withinDeadline(work, call))
  } catch (error) {
    if (action.effect === 'read') throw withEffect(error, 'none')
    throw error instanceof ConnectorError ? error : withEffect(error, 'unknown')
  }
}

/** What a dry run is told in the place of the tool's answer. Nothing leaves. Throws as `describeTool` does. */
export function simulateTool(tool: Tool, call: Pick<ToolCall, 'mode' | 'settings' | 'input'>): unknown {
  const settings = parseSettings(tool.connector, call)
  return parseOutput(tool, tool.action.simulate(parseInput(tool, call.input), settings))
}

/**
 * Asks the provider for the effect that an earlier attempt with this idempotency key left there. Returns its output, or
 * undefined where there certainly is none. A failure to find out has the effect `unknown`: it says nothing about the
 * earlier attempt. Throws `connectors.no_lookup` for an action of another class.
 */
export async function findEarlier(tool: Tool, call: ToolCall): Promise<unknown> {
  const { action } = tool
  if (action.effect !== 'lookup') {
    throw new NeonHubError('connectors.no_lookup', `${tool.name} has no way to look for an earlier effect`, {
      kind: 'internal',
      hint: 'Only actions of the effect class `lookup` can be asked.',
    })
  }
  try {
    const work = prepare(tool, call, { real: action.findEarlier, sandbox: action.findEarlierInSandbox })
    const output = await withinDeadline(work, call)
    return output === undefined ? undefined : parseOutput(tool, output)
  } catch (error) {
    throw withEffect(error, 'unknown')
  }
}
