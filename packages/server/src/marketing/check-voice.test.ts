import { expect, test } from 'vitest'
import { checkVoice } from './check-voice.ts'

const voice = {
  rules: [
    'Keep most sentences under 8 words, and one idea to a sentence.',
    'Never use an exclamation mark, a rhetorical question or an emoji.',
  ],
  avoid: ['elevate', 'look no further', 'best-in-class'],
}
const kindsOf = (text: string) => checkVoice(text, voice).map(({ kind }) => kind)

test('a text in the voice has no violations', () => {
  expect(checkVoice('Undo the top nut. It costs £2.20, as of 2026.', voice)).toEqual([])
})

test('words to avoid are found with their endings and across line ends, and not inside other words', () => {
  expect(kindsOf('It elevates dinner. Look no\nfurther.')).toEqual(['avoided', 'avoided'])
  expect(kindsOf('The best-in-class mill.')).toEqual(['avoided'])
  expect(kindsOf('They took the elevator.')).toEqual([])
})

test('long sentences, exclamations, questions and emoji are found where the rules speak of them', () => {
  expect(kindsOf('This sentence goes on and on and on and on and on.')).toEqual(['long-sentence'])
  expect(kindsOf('Mend it today! Why wait? Done 🎉.')).toEqual(['exclamation', 'question', 'emoji'])
  expect(checkVoice('Mend it today! Why wait? Done 🎉.', { rules: [], avoid: [] })).toEqual([])
})

test('“most sentences” lets a little longer ones pass', () => {
  expect(kindsOf('One two three four five six seven eight nine ten.')).toEqual([])
})
