import { z } from 'zod'
import { JsonObject } from './values.ts'

/** Where in a JSON value something stands: `body`, `emails[0].subject`, `posts[*].text` for that of each. */
const Path = z
  .string()
  .max(200)
  .regex(
    /^(?:[\w-]+|\[(?:\d{1,6}|\*)\])(?:\.[\w-]+|\[(?:\d{1,6}|\*)\])*$/,
    'must be a path such as body, emails[0].subject or posts[*].text',
  )

const share = z.number().min(0).max(1)

const shared = {
  name: z
    .string()
    .max(60)
    .regex(/^[a-z0-9]+(?:[-_ ][a-z0-9]+)*$/i, 'must be letters and digits, with single hyphens or blanks between'),
  /** The least score with which an answer passes: 1 where absent, and 0.7 for those that go by degrees: `judge`, `marks`, `seo` and `voice`. */
  passAt: share.optional(),
  /** What the mean over the whole eval must reach; where it does not, the eval has failed. */
  minScore: share.optional(),
  /** Likewise of the share of answers that pass. */
  minPassRate: share.optional(),
}

/** The whole output where absent: of an object or a list, its texts one under the other. */
const at = Path.optional()
const Texts = z.array(z.string().min(1).max(1000)).min(1, 'must name at least one text').max(50)
const bounds = {
  min: z.number().min(-1_000_000).max(1_000_000).optional(),
  max: z.number().min(-1_000_000).max(1_000_000).optional(),
}
const hasBound = ({ min, max }: { min?: number | undefined; max?: number | undefined }) =>
  min !== undefined || max !== undefined
const boundMissing = 'must have min, max or both'

/** What an answer is measured by. Scores go from 0 to 1. */
export const Evaluator = z.discriminatedUnion('type', [
  /** The share of the texts that it contains. */
  z.strictObject({
    type: z.literal('contains'),
    ...shared,
    at,
    texts: Texts,
    caseSensitive: z.boolean().default(false),
  }),
  /** The share of the texts that it does not contain. */
  z.strictObject({
    type: z.literal('not_contains'),
    ...shared,
    at,
    texts: Texts,
    caseSensitive: z.boolean().default(false),
  }),
  /** A regular expression in the syntax of RE2, which knows no look-around and no back-references. */
  z.strictObject({
    type: z.literal('regex'),
    ...shared,
    at,
    pattern: z.string().min(1).max(1000),
    caseSensitive: z.boolean().default(true),
    /** Whether the expression must be found, or must not. */
    expect: z.enum(['match', 'no_match']).default('match'),
  }),
  z
    .strictObject({ type: z.literal('length'), ...shared, at, unit: z.enum(['characters', 'words']), ...bounds })
    .refine(hasBound, boundMissing),
  /** JSON Schema (2020-12) without references. */
  z.strictObject({ type: z.literal('schema'), ...shared, at, schema: JsonObject }),
  /** The value at the path is this one or, where none is given, what the case expects there. */
  z.strictObject({ type: z.literal('equals'), ...shared, at, value: z.unknown().optional() }),
  /** Flesch reading ease, which is made for English. */
  z.strictObject({ type: z.literal('readability'), ...shared, at, ...bounds }).refine(hasBound, boundMissing),
  /** The share of what an article is checked for: the audit of SEOAgent. */
  z.strictObject({
    type: z.literal('seo'),
    ...shared,
    title: Path.default('title'),
    body: Path.default('body'),
    metaDescription: Path.default('metaDescription'),
    /** Of the case's input. */
    keywords: Path.default('keywords'),
  }),
  /** The share of sentences that keep what of the brand's voice a program can check. */
  z.strictObject({ type: z.literal('voice'), ...shared, at }),
  /** A model judges by a rubric. */
  z.strictObject({
    type: z.literal('judge'),
    ...shared,
    at,
    rubric: z.string().trim().min(10, 'must say what a good answer is').max(4000),
    /** `provider:model`; the installation's or the organization's default where absent. */
    model: z.string().min(1).max(200).optional(),
  }),
  /** The mean of people's marks of this name on the run. */
  z.strictObject({ type: z.literal('marks'), ...shared, mark: z.string().trim().min(1).max(100).default('quality') }),
])
export type Evaluator = z.output<typeof Evaluator>
export type EvaluatorInput = z.input<typeof Evaluator>

export const Evaluators = z
  .array(Evaluator)
  .max(20)
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'must have a name of its own each')
