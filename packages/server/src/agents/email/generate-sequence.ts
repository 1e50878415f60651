import { z } from 'zod'
import { type BrandIntentContext, brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { citationsOf, withoutMarks } from '../_lib/cite.ts'
import { findSources, type Sources } from '../_lib/find-sources.ts'
import { type BrandContext, brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { queryOf, recall, type Recalled } from '../_lib/recall.ts'
import { saveDrafts } from '../_lib/save-draft.ts'
import { CallToAction, type EmailDraft, EmailSequence, saveField, subjectFields } from '../_lib/schemas.ts'
import { renderEmailHtml, renderEmailText } from './render-email.ts'

const Input = z.strictObject({
  ...subjectFields,
  count: z.int().min(1, 'must be at least 1').max(7, 'must be at most 7').default(3).describe('How many emails'),
  daysBetween: z.int().min(1).max(60).default(3).describe('Days from one email to the next'),
  callToAction: CallToAction.optional(),
  article: z
    .strictObject({ title: z.string(), body: z.string() })
    .optional()
    .describe('An article that the emails lead to'),
  save: saveField,
})
type Input = z.output<typeof Input>

const paragraph = z.object({
  text: z.string().min(40).max(450).describe('A paragraph of two to four sentences'),
  sources: z.array(z.string()).min(1).max(3).describe('Ids of the passages that it rests on'),
})

const sequenceSchema = (count: number) =>
  z.object({
    emails: z
      .array(
        z.object({
          subject: z.string().min(10).max(60).describe('The subject line: concrete, no more than 60 characters'),
          preheader: z
            .string()
            .min(20)
            .max(110)
            .describe('The line beside the subject; adds to it, does not repeat it'),
          paragraphs: z.array(paragraph).min(2).max(4),
        }),
      )
      .length(count),
  })

const emailsTask = defineTask({
  key: 'write the emails',
  text: ['{order}', 'Begin with what is in it for the reader. Leave out greeting and signature.', '{button}'].join(
    '\n',
  ),
  values: {
    order: 'how many emails to write, and that they build on each other, as a sentence',
    button: 'that a button follows, and what it says; nothing without a call to action',
  },
})

/** Writes a sequence of emails that build on each other, each as text and as HTML. */
export const generateSequence = brandIntent({
  description: 'Write a sequence of emails, each with subject, preheader, text and HTML',
  input: Input,
  output: EmailSequence,
  tasks: [emailsTask],
  async run(context) {
    const { input } = context
    const brand = await loadBrand(context)
    const queries = [input.topic, input.objective ?? '', ...input.keywords]
    const sources = await findSources(context, brand, { queries, limit: Math.min(16, 6 + 2 * input.count) })
    const recalled = await recall(context, { agent: 'EmailAgent', query: queryOf(input) })
    const { value, model } = await askForEmails(context, brand, { sources, recalled })
    const emails = value.emails.map((email, index): EmailDraft => {
      const parts = {
        ...email,
        paragraphs: email.paragraphs.map(({ text }) => withoutMarks(text)),
        callToAction: input.callToAction,
        sender: { name: brand.brand.name, website: brand.brand.website },
        language: brand.brand.language,
      }
      return {
        subject: email.subject,
        preheader: email.preheader,
        text: renderEmailText(parts),
        html: renderEmailHtml(parts),
        dayOffset: index * input.daysBetween,
        citations: [
          ...citationsOf(
            email.paragraphs.flatMap((one) => one.sources),
            sources,
          ),
        ],
        model,
      }
    })
    await saveDrafts(
      context,
      brand,
      emails.map(({ subject, preheader, text, html, dayOffset, citations }, index) => ({
        key: `email ${index + 1}`,
        kind: 'email' as const,
        title: subject,
        body: text,
        metadata: { preheader, html, dayOffset },
        citations,
        model,
      })),
    )
    return { emails }
  },
})

function askForEmails(
  { llm, input }: BrandIntentContext<Input>,
  brand: BrandContext,
  { sources, recalled }: { readonly sources: Sources; readonly recalled: Recalled },
) {
  const { topic, objective, audience, keywords, callToAction, article, count } = input
  const order =
    count === 1
      ? 'Write one email to people who know the brand.'
      : `Write ${count} emails, each with a point of its own, that build on each other.`
  const button = callToAction ? `A button “${callToAction.label}” follows the last paragraph: lead to it.` : ''
  return llm.object(count === 1 ? 'write the email' : 'write the emails', {
    prompt: {
      task: fillTask(emailsTask, { order, button }),
      ...voicePart(brand),
      sources: sources.prompt,
      facts: {
        topic,
        objective,
        ...brandFacts(brand, audience),
        keywords,
        ...(article ? { article: { headline: article.title, text: withoutMarks(article.body) } } : {}),
        ...recalled,
      },
    },
    schema: sequenceSchema(count),
    schemaName: 'sequence',
  })
}
