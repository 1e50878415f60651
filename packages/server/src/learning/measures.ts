import { z } from 'zod'

const Separation = z.object({
  auc: z.number(),
  standardError: z.number(),
  styleAuc: z.number(),
  meaningAuc: z.number(),
})

/** What a tuning measured, as `model_versions.measures` holds it. */
export const Measures = z.object({
  /** `provider:model`. */
  embeddingModel: z.string(),
  style: z.record(z.string(), z.object({ mean: z.number(), deviation: z.number() })),
  sentenceWords: z.object({ mean: z.number(), median: z.number(), p90: z.number() }),
  terms: z.array(z.object({ term: z.string(), zScore: z.number(), count: z.number() })),
  /** Cosine of the passages to their mean direction. */
  spread: z.object({ mean: z.number(), deviation: z.number() }),
  evaluation: z.object({
    heldOut: z.number(),
    contrast: z.number(),
    against: z.enum(['other_brands', 'perturbed']),
    present: Separation.extend({ origin: z.enum(['none', 'as_written', 'tuned']) }),
    candidate: Separation,
  }),
})
export type Measures = z.output<typeof Measures>
