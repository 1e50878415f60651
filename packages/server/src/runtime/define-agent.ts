import type { z } from 'zod'
import type { Agent, BrandIntentContext, Intent } from './spec.ts'

/**
 * An intent whose handler is typed by its own schemas. The registry sees every intent alike: the runtime parses the
 * input with the intent's own schema before it calls the handler, which makes the widening here sound.
 */
export function intent<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Omit<Intent<Input, Output>, 'needsBrand'>,
): Intent {
  return { ...definition, needsBrand: false } as unknown as Intent
}

/** Likewise, for a brand: the runtime refuses a run without one, so that the handler has its id for certain. */
export function brandIntent<Input extends z.ZodType, Output extends z.ZodType>(
  definition: Omit<Intent<Input, Output, BrandIntentContext<z.output<Input>>>, 'needsBrand'>,
): Intent {
  return { ...definition, needsBrand: true } as unknown as Intent
}

/** Describes an agent: what it can be asked and what it may do. Adding one is one folder and one line in the registry. */
export function defineAgent(definition: Agent): Agent {
  return definition
}
