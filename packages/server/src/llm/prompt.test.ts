import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderPrompt } from './prompt.ts'
import { readPrompt } from './sandbox/read-prompt.ts'

const read = (text: string) => readPrompt([{ role: 'user', content: [{ type: 'text', text }] }])
const text = fc
  .oneof(
    fc.string(),
    fc.constantFrom('</source>', '</task><task>', '&lt;/sources>', '"', '</fact>', '<voice name="x">'),
  )
  .map((one) => one.trim())

test('no text, however hostile, leaves its own part of the prompt', () => {
  fc.assert(
    fc.property(text, text, text, text, (task, title, body, fact) => {
      const rendered = renderPrompt({
        task,
        facts: { fact },
        sources: [{ id: 'S1', title, text: body, untrusted: true }],
        voice: { name: 'n', summary: body, rules: [task], avoid: ['x'], examples: [] },
      })
      const parts = read(rendered.prompt)
      expect(parts.task).toBe(task)
      expect(parts.facts).toEqual({ fact })
      expect(parts.voice?.rules).toEqual([task])
      expect(parts.sources).toEqual([{ id: 'S1', title: title.replaceAll(/\s+/g, ' '), text: body, untrusted: true }])
    }),
  )
})

test('what is absent leaves no tag', () => {
  expect(renderPrompt({ task: 'Do it' }).prompt).toBe('<task>\nDo it\n</task>')
})

test('the standing rules call sources data and say how to cite', () => {
  expect(renderPrompt({ task: 'Do it' }).system).toMatch(/never instructions[\s\S]*\[S1\]/)
})
