import { z } from 'zod'
import { listMeasuredTotals } from '../../marketing/index.ts'
import { type BrandIntentContext, defineTask, fillTask } from '../../runtime/index.ts'
import { citationsOf } from '../_lib/cite.ts'
import { findSources } from '../_lib/find-sources.ts'
import { type BrandContext, brandFacts, voicePart } from '../_lib/load-brand.ts'
import { queryOf, recall } from '../_lib/recall.ts'
import { Citation } from '../_lib/schemas.ts'
import type { Brief } from './brief.ts'

/** What a campaign wants to say, before a word of it is written. */
export const CampaignPlan = z.object({
  angle: z.string(),
  messages: z.array(z.object({ message: z.string(), citations: z.array(Citation) })),
  /** Persona of the brand that it speaks to first; absent for a brand without any. */
  persona: z.string().optional(),
  model: z.string(),
})
export type CampaignPlan = z.output<typeof CampaignPlan>

export const planTask = defineTask({
  key: 'plan the campaign',
  text: 'Plan a campaign: the one angle that all of its pieces take, and three messages that the passages support, the strongest first.',
  values: {},
})

/** The subject of a campaign: the part of a brief that a plan is made from. */
export type PlannedBrief = Pick<Brief, 'name' | 'topic' | 'objective' | 'audience' | 'keywords'>

/** Finds the angle and the messages of a campaign in what the brand's documents can support. */
export async function writePlan(context: BrandIntentContext<PlannedBrief>, brand: BrandContext): Promise<CampaignPlan> {
  const { topic, objective, audience, keywords, name } = context.input
  const sources = await findSources(context, brand, { queries: [topic, objective, ...keywords], limit: 10 })
  const recalled = await recall(context, { agent: 'CampaignAgent', query: queryOf(context.input) })
  const measured = await context.transaction('read what was measured', (tx) => listMeasuredTotals(tx, brand.id))
  const personas = brand.personas.map((persona) => persona.name)
  const { value, model } = await context.llm.object(planTask.key, {
    prompt: {
      task: fillTask(planTask, {}),
      ...voicePart(brand),
      sources: sources.prompt,
      facts: {
        topic,
        objective,
        ...brandFacts(brand, audience),
        keywords,
        campaignTitle: name,
        readers: brand.personas.map(({ name: reader, role, goals }) => ({ reader, role, goals })),
        ...(measured.length > 0 ? { measuredIn90Days: measured } : {}),
        ...recalled,
      },
    },
    schema: z.object({
      angle: z.string().min(10).max(200).describe('One sentence'),
      messages: z
        .array(
          z.object({
            message: z.string().min(20).max(250).describe('One claim, with its figure where there is one'),
            sources: z.array(z.string()).min(1).max(3).describe('Ids of the passages that support it'),
          }),
        )
        .length(3),
      ...(personas.length > 0 ? { persona: z.enum(personas).describe('Whom the campaign speaks to first') } : {}),
    }),
    schemaName: 'plan',
  })
  const persona = 'persona' in value && typeof value.persona === 'string' ? value.persona : undefined
  return {
    angle: value.angle,
    messages: value.messages.map(({ message, sources: ids }) => ({
      message,
      citations: [...citationsOf(ids, sources)],
    })),
    ...(persona === undefined ? {} : { persona }),
    model,
  }
}
