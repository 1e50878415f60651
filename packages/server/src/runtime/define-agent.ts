import type { z } from 'zod'
import type { Agent, Intent } from './spec.ts'

/**
 * An intent whose handler is typed by its own schemas. The registry sees every intent alike: the runtime parses the
 * input with the intent's own schema before it calls the handler, which makes the widening here sound.
 */
export function intent<Input extends z.ZodType, Output extends z.ZodType>(definition: Intent<Input, Output>): Intent {
  return definition as unknown as Intent
}

/** Describes an agent: what it can be asked and what it may do. Adding one is one folder and one line in the registry. */
export function defineAgent(definition: Agent): Agent {
  return definition
}
