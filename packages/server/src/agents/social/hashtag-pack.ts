import { z } from 'zod'
import { normalWords } from '../../marketing/index.ts'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { findSources } from '../_lib/find-sources.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { Network, subjectFields } from '../_lib/schemas.ts'
import { networkRules, tidyHashtags } from './networks.ts'

const hashtagTask = defineTask({
  key: 'collect hashtags',
  text: 'Collect {count} hashtags for {network} that people who care for the topic follow.',
  values: { count: 'how many were asked for', network: 'the network’s name' },
})

/** Collects hashtags for a topic: the brand's own, those of its keywords that fit, and what the model adds. */
export const hashtagPack = brandIntent({
  description: 'Collect hashtags for a topic, in groups',
  input: z.strictObject({ topic: subjectFields.topic, network: Network, count: z.int().min(3).max(30).default(12) }),
  output: z.object({
    groups: z.array(z.object({ name: z.enum(['brand', 'keywords', 'topic']), hashtags: z.array(z.string()) })),
    /** What to put below one post: as many as the network takes well. */
    recommended: z.array(z.string()),
    model: z.string(),
  }),
  tasks: [hashtagTask],
  async run(context) {
    const { topic, network, count } = context.input
    const brand = await loadBrand(context)
    const sources = await findSources(context, brand, { queries: [topic], limit: 6 })
    const { value, model } = await context.llm.object(hashtagTask.key, {
      prompt: {
        task: fillTask(hashtagTask, { count, network: networkRules[network].name }),
        ...voicePart(brand),
        sources: sources.prompt,
        facts: { topic, ...brandFacts(brand) },
      },
      schema: z.object({
        hashtags: z
          .array(z.string().regex(/^#[\p{L}\p{N}_]{2,40}$/u))
          .min(3)
          .max(count),
      }),
      schemaName: 'pack',
    })
    const known = new Set(normalWords(`${topic} ${sources.prompt.map(({ text }) => text).join(' ')}`))
    const fitting = brand.keywords.filter(({ term }) => normalWords(term).every((word) => known.has(word))).slice(0, 8)
    const taken = new Set<string>()
    const fresh = (tags: readonly string[]) =>
      tidyHashtags(tags).filter((tag) => !taken.has(tag.toLowerCase()) && taken.add(tag.toLowerCase()))
    const groups = [
      { name: 'brand' as const, hashtags: [...fresh([asHashtag(brand.brand.name)])] },
      { name: 'keywords' as const, hashtags: [...fresh(fitting.map(({ term }) => asHashtag(term)))] },
      { name: 'topic' as const, hashtags: [...fresh(value.hashtags)] },
    ]
    const inTurn = [0, 1, 2, 3, 4, 5, 6, 7].flatMap((rank) => groups.flatMap(({ hashtags }) => hashtags[rank] ?? []))
    return { groups, recommended: inTurn.slice(0, networkRules[network].hashtags), model }
  },
})

/** `hand-crank grain mill` as `#HandCrankGrainMill`. */
function asHashtag(term: string): string {
  const words = term.split(/[^\p{L}\p{N}]+/u).filter((word) => word !== '')
  return `#${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('')}`
}
