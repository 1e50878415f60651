import { z } from 'zod'
import { auditSeo, countTerm, type SeoAudit } from '../../marketing/index.ts'
import { type BrandIntentContext, brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { type BrandContext, brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { SeoReport, subjectFields } from '../_lib/schemas.ts'

const Input = z.strictObject({
  title: z.string().trim().min(1, 'must not be empty').max(300),
  body: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(200_000)
    .describe('The article as Markdown, without its title'),
  metaDescription: z.string().max(1000).optional(),
  keywords: subjectFields.keywords.describe('Search terms, the main one first; the brand’s own where none is named'),
  suggest: z.boolean().default(true).describe('Ask a model how to put right what the checks found'),
})

const adviceTask = defineTask({
  key: 'suggest improvements',
  text: 'Say how to put right each of the {findings} findings in <sources>, in one sentence each, in their order.',
  values: { findings: 'how many findings there are' },
})

/** How many of the brand's keywords an article is held to where the request names none. */
const ownKeywords = 3

/** Checks an article against the keywords asked for and the brand's own, and says how to make it better. */
export const seoAudit = brandIntent({
  description: 'Check an article’s title, description, keywords, headings, links and readability',
  input: Input,
  output: SeoReport,
  tasks: [adviceTask],
  async run(context) {
    const { title, body, metaDescription, keywords } = context.input
    const brand = await loadBrand(context)
    const text = `${title}\n${metaDescription ?? ''}\n${body}`
    const used = brand.keywords.map(({ term }) => term).filter((term) => countTerm(term, text) > 0)
    const focus = keywords.length > 0 ? keywords : mostUsed(used, text)
    const audit = await context.step('check the page', async () =>
      auditSeo({ title, body, metaDescription, keywords: focus, siteUrl: brand.brand.website }),
    )
    const isAsked = (term: string) => focus.some((one) => one.toLowerCase() === term.toLowerCase())
    return {
      score: audit.score,
      findings: [...audit.findings],
      keywords: [...audit.keywords],
      brandKeywordsUsed: used.filter((term) => !isAsked(term)),
      words: audit.readability.words,
      readingEase: audit.readability.readingEase,
      suggestions: await suggest(context, brand, audit),
    }
  },
})

function mostUsed(terms: readonly string[], text: string): readonly string[] {
  return terms.toSorted((one, other) => countTerm(other, text) - countTerm(one, text)).slice(0, ownKeywords)
}

/** One piece of advice for each check that did not pass; nothing is asked where all did. */
async function suggest(
  { llm, input }: BrandIntentContext<z.output<typeof Input>>,
  brand: BrandContext,
  { findings }: SeoAudit,
): Promise<{ check: string; advice: string }[]> {
  const open = findings.filter(({ outcome }) => outcome !== 'passed')
  if (open.length === 0 || !input.suggest) return []
  const { value } = await llm.object(adviceTask.key, {
    prompt: {
      task: fillTask(adviceTask, { findings: open.length }),
      ...voicePart(brand),
      sources: open.map(({ check, message }, index) => ({ id: `S${index + 1}`, title: check, text: message })),
      facts: { ...brandFacts(brand), pageTitle: input.title, keywords: input.keywords },
    },
    schema: z.object({ suggestions: z.array(z.object({ advice: z.string().min(10).max(300) })).length(open.length) }),
    schemaName: 'suggestions',
  })
  return open.map(({ check }, index) => ({ check, advice: value.suggestions[index]?.advice ?? '' }))
}
