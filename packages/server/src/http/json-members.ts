import { z } from 'zod'

/** A stored JSON object, as the reader of an answer gets it. */
export const JsonMembers = z.record(z.string(), z.unknown())
