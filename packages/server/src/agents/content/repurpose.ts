import { z } from 'zod'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { withoutMarks } from '../_lib/cite.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { saveDrafts } from '../_lib/save-draft.ts'
import { saveField } from '../_lib/schemas.ts'

const Format = z.enum(['newsletter', 'video-script', 'ad'], 'must be newsletter, video-script or ad')
type Format = z.output<typeof Format>

/** What each form asks for. */
const forms: Readonly<Record<Format, { kind: 'email' | 'social_script' | 'ad_copy'; task: string; limit: number }>> = {
  newsletter: { kind: 'email', task: 'a newsletter item of two or three short paragraphs', limit: 900 },
  'video-script': { kind: 'social_script', task: 'what a person says in a video of 45 seconds', limit: 700 },
  ad: { kind: 'ad_copy', task: 'the text of a small advertisement', limit: 180 },
}

const repurposeTask = defineTask({
  key: 'write the {format}',
  text: 'From the text in <sources>, and from nothing else, write {form}, with a title.',
  values: { form: 'what is to be written, such as the text of a small advertisement' },
})

/** Turns a text into other forms, from nothing but that text. */
export const repurpose = brandIntent({
  description: 'Turn a text into a newsletter item, a video script or an advertisement',
  input: z.strictObject({
    title: z.string().trim().min(3).max(200),
    text: z.string().trim().min(100, 'must have at least 100 characters').max(50_000).describe('The text, as Markdown'),
    formats: z.array(Format).min(1, 'must name at least one form').max(3),
    save: saveField,
  }),
  output: z.object({
    pieces: z.array(z.object({ format: Format, title: z.string(), body: z.string(), model: z.string() })),
  }),
  tasks: [repurposeTask],
  async run(context) {
    const { title, text, formats } = context.input
    const brand = await loadBrand(context)
    const pieces = await Promise.all(
      [...new Set(formats)].map(async (format) => {
        const { task, limit } = forms[format]
        const { value, model } = await context.llm.object(`write the ${format}`, {
          prompt: {
            task: fillTask(repurposeTask, { form: task }),
            ...voicePart(brand),
            sources: [{ id: 'S1', title, text: withoutMarks(text) }],
            facts: { topic: title, ...brandFacts(brand) },
          },
          schema: z.object({ title: z.string().min(5).max(80), text: z.string().min(40).max(limit) }),
          schemaName: 'piece',
        })
        return { format, title: value.title, body: value.text, model }
      }),
    )
    await saveDrafts(
      context,
      brand,
      pieces.map(({ format, title: name, body, model }) => ({
        key: format,
        kind: forms[format].kind,
        title: name,
        body,
        metadata: { format },
        citations: [],
        model,
      })),
    )
    return { pieces }
  },
})
