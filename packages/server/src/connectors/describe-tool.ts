import { parseInput, parseSettings } from './parse-call.ts'
import type { ActionPreview, EffectClass } from './spec.ts'
import type { Tool, ToolCall } from './tool.ts'

/** What a call would do, before anything is done. `input` is parsed: defaults are filled in. */
export interface ToolDescription {
  readonly effect: EffectClass
  readonly input: unknown
  readonly recipients: readonly string[]
  readonly preview: ActionPreview
}

/**
 * Says what a call would do: whom it reaches and what a person sees of it. Nothing leaves.
 * Throws `connectors.input_invalid` and `connectors.settings_invalid` with the path of each wrong place.
 */
export function describeTool(tool: Tool, call: Pick<ToolCall, 'mode' | 'settings' | 'input'>): ToolDescription {
  const input = parseInput(tool, call.input)
  const settings = parseSettings(tool.connector, call)
  const { effect, recipients, preview } = tool.action
  return { effect, input, recipients: recipients(input, settings), preview: preview(input, settings) }
}
