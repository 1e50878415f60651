import { z } from 'zod'
import { sampleSizePerVariant } from '../../marketing/index.ts'
import { brandIntent } from '../../runtime/index.ts'
import { findSources } from '../_lib/find-sources.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { subjectFields } from '../_lib/schemas.ts'

const rate = z.number().gt(0, 'must be above 0').lt(1, 'must be below 1 (0.2 is 20 %)')

const Input = z
  .strictObject({
    ...subjectFields,
    metric: z.enum(['open', 'click']).default('open').describe('What the test is judged by'),
    baselineRate: rate.default(0.2).describe('The rate today, from 0 to 1'),
    minimumLift: z
      .number()
      .gt(0)
      .max(5)
      .default(0.2)
      .describe('The smallest relative rise worth finding: 0.2 is a fifth'),
    audienceSize: z.int().min(2).optional().describe('How many recipients there are'),
    significance: z.union([z.literal(0.01), z.literal(0.05), z.literal(0.1)]).default(0.05),
    power: z.union([z.literal(0.8), z.literal(0.9), z.literal(0.95)]).default(0.8),
  })
  .refine(({ baselineRate, minimumLift }) => baselineRate * (1 + minimumLift) < 1, {
    message: 'lifts the rate to 100 % or more',
    path: ['minimumLift'],
  })

const Variant = z.object({
  subject: z.string().min(10).max(60).describe('The subject line'),
  preheader: z.string().min(20).max(110).describe('The line beside the subject'),
})

/** Plans an A/B test of two subject lines: what is believed, both variants, and how many recipients it takes to know. */
export const abTest = brandIntent({
  description: 'Plan an A/B test: a hypothesis, two variants, and the sample size that it needs',
  input: Input,
  output: z.object({
    hypothesis: z.string(),
    variants: z.array(Variant.extend({ name: z.enum(['A', 'B']) })).length(2),
    targetRate: z.number(),
    recipientsPerVariant: z.int(),
    /** Whether the audience is large enough; absent where its size was not told. */
    isFeasible: z.boolean().optional(),
    advice: z.string(),
    model: z.string(),
  }),
  async run(context) {
    const {
      topic,
      audience,
      objective,
      keywords,
      metric,
      baselineRate,
      minimumLift,
      audienceSize,
      significance,
      power,
    } = context.input
    const brand = await loadBrand(context)
    const sources = await findSources(context, brand, { queries: [topic, ...keywords], limit: 6 })
    const { value, model } = await context.llm.object('write the variants', {
      prompt: {
        task: `Plan an A/B test of an email’s subject line. Write a hypothesis of one sentence (what should raise the ${metric} rate, and why), and two variants that differ in that alone.`,
        ...voicePart(brand),
        sources: sources.prompt,
        facts: { topic, objective, ...brandFacts(brand, audience), keywords },
      },
      schema: z.object({ hypothesis: z.string().min(20).max(300), variants: z.array(Variant).length(2) }),
      schemaName: 'test',
    })
    const targetRate = baselineRate * (1 + minimumLift)
    const needed = sampleSizePerVariant({ baseline: baselineRate, target: targetRate }, { significance, power })
    const percent = (share: number) => `${Math.round(share * 1000) / 10} %`
    const isFeasible = audienceSize === undefined ? undefined : audienceSize >= 2 * needed
    const goal = `a rise of the ${metric} rate from ${percent(baselineRate)} to ${percent(targetRate)}`
    return {
      hypothesis: value.hypothesis,
      variants: value.variants.map((variant, index) => ({
        ...variant,
        name: index === 0 ? ('A' as const) : ('B' as const),
      })),
      targetRate,
      recipientsPerVariant: needed,
      ...(isFeasible === undefined ? {} : { isFeasible }),
      advice:
        isFeasible === false
          ? `${2 * needed} recipients would be needed to see ${goal}; you have ${audienceSize}. Test for a larger rise, or over several sendings.`
          : `Send each variant to ${needed} recipients, chosen at random, to see ${goal}. Decide once, when all of them have had time to answer.`,
      model,
    }
  },
})
