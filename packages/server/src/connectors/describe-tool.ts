import { type Estimate, estimateOf } from './estimate.ts'
import { parseInput, parseSettings } from './parse-call.ts'
import type { ActionPreview, EffectClass } from './spec.ts'
import type { Tool, ToolCall } from './tool.ts'

/** What a call would do, before anything is done. `input` is parsed: defaults are filled in. */
export interface ToolDescription {
  readonly effect: EffectClass
  readonly input: unknown
  readonly recipients: readonly string[]
  readonly preview: ActionPreview
  /** What the provider charges for it, at most. */
  readonly cost: Estimate
  /** What it lets an ad platform spend, at most. */
  readonly adSpend: Estimate
}

/**
 * Says what a call would do: whom it reaches and what a person sees of it. Nothing leaves.
 * Throws `connectors.input_invalid` and `connectors.settings_invalid` with the path of each wrong place.
 */
export function describeTool(tool: Tool, call: Pick<ToolCall, 'mode' | 'settings' | 'input'>): ToolDescription {
  const input = parseInput(tool, call.input)
  const settings = parseSettings(tool.connector, call)
  const { effect, recipients, preview, cost, adSpend } = tool.action
  return {
    effect,
    input,
    recipients: recipients(input, settings),
    preview: preview(input, settings),
    cost: estimateOf(cost, { input, settings, otherwise: 'unknown' }),
    adSpend: estimateOf(adSpend, { input, settings, otherwise: 'nothing' }),
  }
}
