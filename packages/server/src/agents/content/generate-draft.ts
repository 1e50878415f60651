import { z } from 'zod'
import { listRemarks, type Remark, wordsOf } from '../../marketing/index.ts'
import { type BrandIntentContext, brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { citesOneOf, resolveCitations, withoutMarks } from '../_lib/cite.ts'
import { findSources, type Sources } from '../_lib/find-sources.ts'
import { type BrandContext, brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { queryOf, recall, type Recalled } from '../_lib/recall.ts'
import { saveDrafts } from '../_lib/save-draft.ts'
import { ArticleDraft, CallToAction, saveField, subjectFields } from '../_lib/schemas.ts'
import { type ArticlePart, type Outline, outlineSchema, planParts } from './article-plan.ts'

const Input = z.strictObject({
  ...subjectFields,
  words: z
    .int('must be a whole number')
    .min(150, 'must be at least 150')
    .max(3000, 'must be at most 3,000')
    .default(700)
    .describe('How long the article should be'),
  callToAction: CallToAction.optional(),
  angle: z.string().max(500).optional().describe('How to come at the topic, from the plan of a campaign'),
  revision: z
    .strictObject({ title: z.string(), metaDescription: z.string(), findings: z.array(z.string()).max(30) })
    .optional()
    .describe('An earlier draft and what a check found in it'),
  save: saveField,
})
type Input = z.output<typeof Input>

const outlineTask = defineTask({
  key: 'outline the article',
  text: [
    'Plan an article of about {words} words: a title, a meta description and {sections} sections.',
    'Give each section passages of its own; no passage should serve two sections.',
    '{keywordRule}',
    '{revisionRule}',
  ].join('\n'),
  values: {
    words: 'how many words were asked for',
    sections: 'how many sections the article has',
    keywordRule: 'what to be found by, as sentences; nothing without keywords',
    revisionRule: 'that an earlier draft is to be put right; nothing where there is none',
  },
})

const partTask = defineTask({
  key: 'write {part}',
  text: [
    'Write {part}, in {words} words, without a heading.',
    '{point}',
    '{keywordRule}',
    'Other parts are written beside this one (see the outline): keep to your own.',
  ].join('\n'),
  values: {
    part: 'the opening paragraph, or the paragraphs under one heading',
    words: 'how many words the part has',
    point: 'what the reader knows after it, from the outline',
    keywordRule: 'that keywords are to be used; nothing without keywords',
  },
})

/** Passages to draw on: enough for each section to have its own. */
const sourceCount = (words: number) => Math.min(16, Math.max(6, Math.round(words / 50)))
/** The newest say what counts now. */
const mostRemarks = 5
const sectionCount = (words: number) => Math.min(8, Math.max(2, Math.round(words / 115)))

/** Writes an article from the brand's documents: outline first, then its parts side by side, each with citations. */
export const generateDraft = brandIntent({
  description: 'Write an article in the brand’s voice, with citations to the passages that it rests on',
  input: Input,
  output: ArticleDraft,
  tasks: [outlineTask, partTask],
  async run(context) {
    const { input } = context
    const brand = await loadBrand(context)
    const queries = [input.topic, ...input.keywords, input.objective ?? '']
    const sources = await findSources(context, brand, { queries, limit: sourceCount(input.words) })
    const recalled = await recall(context, {
      agent: 'ContentAgent',
      query: queryOf(input),
    })
    const remarks = await context.transaction('read what was remarked', (tx) =>
      listRemarks(tx, { brandId: brand.id, limit: mostRemarks }),
    )
    const material = { sources, recalled, remarks }
    const outline = await outlineArticle(context, brand, material)
    const knownIds = sources.prompt.map(({ id }) => id)
    const parts = planParts(outline.value, knownIds)
    const texts = await Promise.all(
      parts.map((part) => writePart(context, brand, { part, outline: outline.value, ...material })),
    )
    const draft = assemble(parts, texts, { outline: outline.value, sources, input, model: outline.model })
    await saveDrafts(context, brand, [
      {
        key: 'article',
        kind: 'article',
        title: draft.title,
        body: draft.body,
        metadata: { metaDescription: draft.metaDescription, keywords: input.keywords },
        citations: draft.citations,
        model: draft.model,
      },
    ])
    return draft
  },
})

/** What an article is written from beside the brand. */
interface Material {
  readonly sources: Sources
  readonly recalled: Recalled
  /** What people said of the brand's texts so far, newest first. */
  readonly remarks: readonly Remark[]
}

const remarksFact = (remarks: readonly Remark[]) => (remarks.length > 0 ? { remarksOnEarlierTexts: remarks } : {})

function outlineArticle(
  { llm, input }: BrandIntentContext<Input>,
  brand: BrandContext,
  { sources, recalled, remarks }: Material,
) {
  const { topic, objective, audience, keywords, angle, revision, words } = input
  const count = sectionCount(words)
  const keywordRule =
    keywords.length > 0
      ? `Be found by: ${keywords.join(', ')}. Put the first of them into the title and one into a heading.`
      : ''
  const revisionRule = revision ? 'It replaces the draft in <facts>: put right what its findings name.' : ''
  return llm.object(outlineTask.key, {
    prompt: {
      task: fillTask(outlineTask, { words, sections: count, keywordRule, revisionRule }),
      ...voicePart(brand),
      sources: sources.prompt,
      facts: {
        topic,
        objective,
        ...brandFacts(brand, audience),
        keywords,
        angle,
        ...(revision ? { earlierDraft: revision } : {}),
        ...recalled,
        ...remarksFact(remarks),
      },
    },
    schema: outlineSchema(count),
    schemaName: 'outline',
  })
}

async function writePart(
  { llm, input }: BrandIntentContext<Input>,
  brand: BrandContext,
  { part, outline, sources, recalled, remarks }: Material & { readonly part: ArticlePart; readonly outline: Outline },
): Promise<string> {
  const share = Math.round(input.words / (outline.sections.length + 0.6))
  const length = part.heading === undefined ? Math.round(share * 0.6) : share
  const task = fillTask(partTask, {
    part: part.heading === undefined ? 'the opening paragraph' : 'the paragraphs under one heading',
    words: length,
    point: part.point,
    keywordRule: input.keywords.length > 0 ? 'Use the keywords where they are natural.' : '',
  })
  const { value } = await llm.text(part.key, {
    findFaults: (text) => (part.heading !== undefined && !citesOneOf(text, part.sourceIds) ? [uncited(part)] : []),
    prompt: {
      task,
      ...voicePart(brand),
      sources: sources.prompt.filter(({ id }) => part.sourceIds.includes(id)),
      facts: {
        sectionTitle: part.heading,
        topic: input.topic,
        keywords: input.keywords,
        audience: input.audience ?? brand.brand.audience,
        outline: [outline.title, ...outline.sections.map(({ heading }) => heading)],
        ...recalled,
        ...remarksFact(remarks),
      },
    },
  })
  return value
}

function assemble(
  parts: readonly ArticlePart[],
  texts: readonly string[],
  {
    outline,
    sources,
    input,
    model,
  }: { readonly outline: Outline; readonly sources: Sources; readonly input: Input; readonly model: string },
): ArticleDraft {
  const written = parts.map(({ heading }, index) => {
    const text = bare(texts[index] ?? '')
    return heading === undefined ? text : `## ${heading}\n\n${text}`
  })
  const { text, citations, unknown } = resolveCitations(written.join('\n\n'), sources)
  const { callToAction } = input
  const closing = callToAction ? `\n\n**[${callToAction.label}](${callToAction.url})**` : ''
  return {
    title: outline.title,
    metaDescription: outline.metaDescription,
    body: `${text}${closing}\n`,
    words: wordsOf(withoutMarks(text)).length,
    citations: [...citations],
    warnings:
      unknown.length > 0 ? [`Citations of passages that do not exist were taken out: ${unknown.join(', ')}.`] : [],
    model,
  }
}

/** A section that rests on nothing is what this product exists to prevent. */
const uncited = ({ sourceIds }: ArticlePart) => `cites none of the passages ${sourceIds.join(', ')} that it rests on`

/** A model that repeats the heading all the same says it once too often. */
function bare(text: string): string {
  return text
    .trim()
    .replace(/^#{1,6}\s[^\n]*\n+/, '')
    .trim()
}
