import { config } from 'zod'

/**
 * zod tries to compile schemas with `new Function`, and the content security policy, which forbids it, would report each
 * visit as a violation. Schemas ask for this when they are made, so it is the first import of all, in the same chunk.
 */
config({ jitless: true })
