import { z } from 'zod'
import { brandIntent, defineTask, fillTask } from '../../runtime/index.ts'
import { brandFacts, loadBrand, voicePart } from '../_lib/load-brand.ts'
import { scoreSubject } from './score-subject.ts'

const Scored = z.object({ subject: z.string(), score: z.int(), faults: z.array(z.string()) })

const subjectsTask = defineTask({
  key: 'propose subjects',
  text: 'Propose {count} subject lines for the email in <sources>. Each takes another angle: the result, the figure, the question that it answers, the date, the person.',
  values: { count: 'how many were asked for' },
})

/** Finds better subject lines for an email and ranks them, the present one among them. */
export const optimizeSubject = brandIntent({
  description: 'Propose subject lines for an email and rank them by checkable rules',
  input: z.strictObject({
    subject: z.string().trim().min(1).max(200).describe('The subject line as it stands'),
    body: z.string().trim().min(20, 'must say what the email says').max(20_000).describe('The email as plain text'),
    keywords: z.array(z.string().trim().min(1).max(80)).max(10).default([]),
    count: z.int().min(2).max(10).default(5).describe('How many to propose'),
  }),
  output: z.object({ original: Scored, variants: z.array(Scored), best: z.string(), model: z.string() }),
  tasks: [subjectsTask],
  async run(context) {
    const { subject, body, keywords, count } = context.input
    const brand = await loadBrand(context)
    const { value, model } = await context.llm.object(subjectsTask.key, {
      prompt: {
        task: fillTask(subjectsTask, { count }),
        ...voicePart(brand),
        sources: [{ id: 'S1', title: subject, text: body }],
        facts: { ...brandFacts(brand), presentSubject: subject, keywords },
      },
      schema: z.object({
        subjects: z
          .array(z.object({ subject: z.string().min(10).max(60) }))
          .min(2)
          .max(count),
      }),
      schemaName: 'subjects',
    })
    const score = (text: string) => ({ subject: text, ...scored(text) })
    const scored = (text: string) => {
      const { score: points, faults } = scoreSubject(text, { voice: brand.voice, keywords })
      return { score: points, faults: [...faults] }
    }
    const distinct = [...new Set(value.subjects.map((one) => one.subject.trim()))].filter((one) => one !== subject)
    const variants = distinct.map(score).toSorted((one, other) => other.score - one.score)
    const original = score(subject)
    const best = [original, ...variants].toSorted((one, other) => other.score - one.score)[0] ?? original
    return { original, variants, best: best.subject, model }
  },
})
