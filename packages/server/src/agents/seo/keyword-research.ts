import { z } from 'zod'
import { countTerm } from '../../marketing/index.ts'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { findSources } from '../_lib/find-sources.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { subjectFields } from '../_lib/schemas.ts'
import { clusterTerms, dot } from './cluster-terms.ts'
import { findTerms } from './term-candidates.ts'

const Keyword = z.object({
  term: z.string(),
  /** Whether it is one of the brand's, or a phrase that its documents use. */
  origin: z.enum(['brand', 'documents']),
  /** 0 to 100. */
  score: z.int(),
  volume: z.int().optional(),
  difficulty: z.int().optional(),
  intent: z.string().optional(),
  /** How often the passages found for the topic say it. */
  mentions: z.int(),
})

const pagesTask = defineTask({
  key: 'propose a page for each group',
  text: 'For each of the {groups} groups of search terms in <facts>, in their order, propose the title of a page that answers it.',
  values: { groups: 'how many groups there are' },
})

/** Passages that the documents' own words are taken from. */
const passages = 24
/** From this cosine on two terms count as one subject, for the offline embeddings. */
const sameSubject = 0.6

/** Ranks search terms for a topic by demand, difficulty and what the documents can say, in groups of one meaning. */
export const keywordResearch = brandIntent({
  description: 'Rank and group search terms for a topic, from the brand’s keywords and its documents',
  input: z.strictObject({
    topic: subjectFields.topic,
    limit: z.int().min(3, 'must be at least 3').max(60, 'must be at most 60').default(20),
  }),
  output: z.object({
    clusters: z.array(z.object({ name: z.string(), idea: z.string(), keywords: z.array(Keyword) })),
    model: z.string(),
  }),
  tasks: [pagesTask],
  async run(context) {
    const { topic, limit } = context.input
    const brand = await loadBrand(context)
    const sources = await findSources(context, brand, { queries: [topic], limit: passages })
    const text = sources.found.map((chunk) => chunk.text).join('\n')
    const most = Math.max(1, ...brand.keywords.map(({ volume }) => volume ?? 0))
    const own = brand.keywords.map((keyword) => {
      const mentions = countTerm(keyword.term, text)
      const { term, volume, difficulty } = keyword
      const isKnown = volume !== undefined || difficulty !== undefined
      return {
        term,
        origin: 'brand' as const,
        ...(volume === undefined ? {} : { volume }),
        ...(difficulty === undefined ? {} : { difficulty }),
        ...(keyword.intent === undefined ? {} : { intent: keyword.intent }),
        mentions,
        demand: isKnown ? demandOf({ volume: volume ?? 0, difficulty: difficulty ?? 50, most }) : 0.3,
      }
    })
    const fromDocuments = findTerms(sources.found, limit)
      .filter(({ term }) => !own.some((keyword) => countTerm(keyword.term, term) > 0))
      // Nothing is known of their demand, so that only what the documents say of them counts.
      .map(({ term, count }) => ({ term, origin: 'documents' as const, mentions: count, demand: 0.2 }))
    const candidates = [...own, ...fromDocuments]
    const [topicVector = [], ...vectors] = await context.llm.embed('embed the terms', [
      topic,
      ...candidates.map(({ term }) => term),
    ])
    const scored = candidates.map(({ demand, ...candidate }, index) => {
      const vector = vectors[index] ?? []
      const closeness = Math.max(0, dot(topicVector, vector))
      const support = Math.min(1, candidate.mentions / 5)
      return { ...candidate, vector, score: Math.round(100 * (0.5 * closeness + 0.3 * demand + 0.2 * support)) }
    })
    const best = scored.toSorted((one, other) => other.score - one.score).slice(0, limit)
    const clusters = clusterTerms(best, sameSubject)
    const { value, model } = await context.llm.object(pagesTask.key, {
      prompt: {
        task: fillTask(pagesTask, { groups: clusters.length }),
        ...voicePart(brand),
        sources: sources.prompt.slice(0, 8),
        facts: { topic, ...brandFacts(brand), groups: clusters.map((cluster) => cluster.map(({ term }) => term)) },
      },
      schema: z.object({ pages: z.array(z.object({ title: z.string().min(5).max(70) })).length(clusters.length) }),
      schemaName: 'pages',
    })
    return {
      clusters: clusters.map((cluster, index) => ({
        name: cluster[0].term,
        idea: value.pages[index]?.title ?? '',
        keywords: cluster.map(({ vector: _vector, ...keyword }) => keyword),
      })),
      model,
    }
  },
})

/** 0 to 1: the logarithm of the volume beside the brand's greatest, lessened by how hard it is to rank for. */
function demandOf({ volume, difficulty, most }: { volume: number; difficulty: number; most: number }): number {
  return (Math.log1p(volume) / Math.log1p(most)) * (1 - difficulty / 100)
}
