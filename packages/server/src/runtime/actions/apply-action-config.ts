import { z } from 'zod'
import type { ActionConfig } from './sql/action-configs.ts'

const Members = z.record(z.string(), z.unknown())

/** The arguments of a call as they are judged, approved and sent: an agent's, over the defaults and under what is fixed. */
export function applyActionConfig(
  input: unknown,
  { fixed, defaults }: Pick<ActionConfig, 'fixed' | 'defaults'>,
): unknown {
  const given = Members.safeParse(input).data
  // What is no object is refused by the action's own schema, with its own words.
  if (!given) return input
  const named = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(named), ...fixed }
}
