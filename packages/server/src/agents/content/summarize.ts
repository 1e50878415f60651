import { z } from 'zod'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { resolveCitations } from '../_lib/cite.ts'
import { findSources } from '../_lib/find-sources.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { Citation, subjectFields } from '../_lib/schemas.ts'

const summarizeTask = defineTask({
  key: 'summarize the passages',
  text: 'Summarize in {words} words what the passages say on the topic in <facts>.',
  values: { words: 'how many words were asked for' },
})

/** Summarizes what the brand's documents say on a topic. */
export const summarize = brandIntent({
  description: 'Summarize what the brand’s documents say on a topic, with citations',
  input: z.strictObject({
    topic: subjectFields.topic,
    words: z.int().min(30, 'must be at least 30').max(500, 'must be at most 500').default(120),
  }),
  output: z.object({
    summary: z.string(),
    citations: z.array(Citation),
    warnings: z.array(z.string()),
    model: z.string(),
  }),
  tasks: [summarizeTask],
  async run(context) {
    const { topic, words } = context.input
    const brand = await loadBrand(context)
    const sources = await findSources(context, brand, { queries: [topic], limit: 6 })
    const { value, model } = await context.llm.text(summarizeTask.key, {
      prompt: {
        task: fillTask(summarizeTask, { words }),
        ...voicePart(brand),
        sources: sources.prompt,
        facts: { topic, ...brandFacts(brand) },
      },
    })
    const { text, citations, unknown } = resolveCitations(value.trim(), sources)
    const warnings = [
      ...(unknown.length > 0 ? [`Citations of passages that do not exist were taken out: ${unknown.join(', ')}.`] : []),
      ...(citations.length === 0 ? ['The summary cites no passage.'] : []),
    ]
    return { summary: text, citations: [...citations], warnings, model }
  },
})
