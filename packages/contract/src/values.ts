import { z } from 'zod'

/** A UUIDv7 in lower case. */
export const Id = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'must be a UUID in lower case')

/** A model by its provider: `openai:gpt-6.1-sol`. */
export const ModelRef = z
  .string()
  .trim()
  .max(200)
  .regex(/^[\w-]+:\S+$/, 'must be provider:model')
/** Models in the order in which they are asked where the one before cannot be. */
export const FallbackModels = z
  .array(ModelRef)
  .max(3)
  .refine((models) => new Set(models).size === models.length, 'must name no model twice')

/** A moment in UTC, ISO 8601 with milliseconds. */
export const Moment = z.iso.datetime({ offset: true })

/** A day of the calendar, ISO 8601: `2026-03-29`. PostgreSQL's calendar, as everybody's, has no year 0. */
export const Day = z.iso.date().refine((day) => !day.startsWith('0000'), 'must be a day from the year 1 on')

/** What people name a thing by in addresses and commands: lower case letters, digits and single hyphens. */
export const Slug = z
  .string()
  .max(64)
  .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/, 'must be lower case letters, digits and single hyphens')

/** A JSON object whose members the reader looks at one by one. */
export const JsonObject = z.record(z.string(), z.unknown())

/** Path parameters of everything that is named by an id. */
export const IdParams = z.strictObject({ id: Id })

/** How much of a list: at most `limit`, from the newest, or older than the id `before`. */
export const Page = z.strictObject({
  limit: z.coerce.number().int().min(1).max(100).default(50),
  before: Id.optional(),
})
