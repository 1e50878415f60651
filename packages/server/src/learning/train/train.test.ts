import { expect, test } from 'vitest'
import { hashedEmbeddings } from '../../../test/hashed-embeddings.ts'
import type { TrainingText } from '../spec.ts'
import { chooseExamples } from './choose-examples.ts'
import { learnedRules } from './learned-rules.ts'
import { passagesOf, proseOf } from './passages.ts'
import { createRandom, shuffle } from './random.ts'
import { aucStandardError, ranksOf, rocAuc } from './roc-auc.ts'
import { splitTexts } from './split-texts.ts'
import { deviationOf, lixOf, measureStyle, profileOf, styleDistance } from './style.ts'
import { tellingTerms } from './telling-terms.ts'
import { trainVoice, type VoiceToTrain } from './train-voice.ts'

const textOf = (id: string, sentence: string, count = 40): TrainingText => ({
  id,
  text: Array.from({ length: count }, (_, index) => `${sentence} ${index}.`).join(' '),
  isQuotable: true,
})
const textsOf = (word: string, sentence: string) =>
  Array.from({ length: 6 }, (_, index) => textOf(`${word}${index}`, sentence))
const mills = textsOf('mill', 'You turn the handle and the burr cuts your grain on page')
const gowns = textsOf(
  'gown',
  'Our unforgettable collection, embroidered with extraordinary craftsmanship, celebrates every occasion of edition',
)

test('the area under the curve is how often the right one scores higher, ties counting half', () => {
  expect(rocAuc([3, 4], [1, 2])).toBe(1)
  expect(rocAuc([1, 2], [3, 4])).toBe(0)
  expect(rocAuc([1, 3], [2, 2])).toBe(0.5)
  expect(rocAuc([2], [2])).toBe(0.5)
  expect(rocAuc([], [1])).toBe(0.5)
})

test('its standard error is that of the example in Hanley and McNeil: 0.893 of 51 and 58', () => {
  expect(aucStandardError(0.893, { positives: 51, negatives: 58 })).toBeCloseTo(0.0325, 4)
  expect(aucStandardError(1, { positives: 10, negatives: 10 })).toBe(0)
})

test('equal values share the mean of their ranks', () => {
  expect(ranksOf([10, 30, 20, 20])).toEqual([0.25, 1, 0.625, 0.625])
  expect(ranksOf([])).toEqual([])
})

test('a seed decides an order, and each item stays in it once', () => {
  const items = Array.from({ length: 50 }, (_, index) => index)
  expect(shuffle(items, createRandom(7))).toEqual(shuffle(items, createRandom(7)))
  expect(shuffle(items, createRandom(7))).not.toEqual(shuffle(items, createRandom(8)))
  expect(shuffle(items, createRandom(7)).toSorted((one, other) => one - other)).toEqual(items)
})

test('prose is what is said in sentences: no headings, tables, code, marks or citations', () => {
  const text = [
    '# A heading that ends with a stop.',
    'A *fine* [mill](https://mill.example) that was\nwrapped in two lines [S1].',
    '- It grinds a cup of grain in a minute.\n- Short.',
    '| a | b | of a table that has words. |',
    '```\nconst code = “is no prose at all”.\n```',
    'A line without an end',
  ].join('\n\n')
  expect(proseOf(text)).toBe('A fine mill that was wrapped in two lines.\nIt grinds a cup of grain in a minute.')
})

test('passages hold whole sentences of about sixty words, and what is too short has none', () => {
  const passages = passagesOf(textOf('a', 'Seven words stand in this one sentence', 30))
  expect(passages.length).toBeGreaterThan(3)
  for (const { text } of passages) expect(text).toMatch(/^Seven .*\d\.$/)
  expect(passagesOf({ id: 'b', text: 'Too short to say anything.', isQuotable: true })).toEqual([])
})

test('LIX counts words a sentence and long words, and a profile what is usual', () => {
  expect(lixOf(['a', 'considerable', 'thing', 'stands'], 1)).toBe(4 + 25)
  const style = measureStyle('We make it! Don’t you see — it’s yours?', 'en')
  expect(style).toMatchObject({ exclamations: 0.5, questions: 0.5, dashes: 0.5, contractionRate: 25, weRate: 12.5 })
  expect(style.youRate).toBe(25)
  // A language whose forms of address are not known is not judged by those of another.
  expect(measureStyle('We make it for you.', 'fi')).toMatchObject({ weRate: 0, youRate: 0 })
  expect(deviationOf([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(2.138, 3)
  const profile = profileOf([style, style])
  expect(styleDistance(style, profile)).toBeCloseTo(0, 4)
  expect(styleDistance(measureStyle('The collection celebrates.', 'en'), profile)).toBeGreaterThan(0.5)
})

test('telling terms are the brand’s and not the others’, and none are told without others', () => {
  const [own, others] = [mills.flatMap(passagesOf), gowns.flatMap(passagesOf)]
  const terms = tellingTerms(own, others).map(({ term }) => term)
  expect(terms).toEqual(expect.arrayContaining(['handle', 'burr', 'grain']))
  expect(terms).not.toContain('collection')
  expect(tellingTerms(own, [])).toEqual([])
  // However sure it is that a word is commoner, one that is only somewhat so is left out.
  const often = textsOf('often', 'They have what they have and others have it not on page').flatMap(passagesOf)
  const seldom = textsOf('seldom', 'They have whatever somebody wants to see there on page').flatMap(passagesOf)
  expect(tellingTerms(often, seldom).map(({ term }) => term)).not.toContain('have')
})

test('texts are split whole, by the seed, and too few of them are refused with what is missing', () => {
  const parts = splitTexts(mills, 3)
  const [training, heldOut] = [parts.training, parts.heldOut].map((part) => new Set(part.map(({ textId }) => textId)))
  expect([...(heldOut ?? [])].filter((id) => training?.has(id))).toEqual([])
  expect(parts.heldOut.length).toBeGreaterThan(4)
  expect(splitTexts(mills.toReversed(), 3)).toEqual(parts)
  expect(splitTexts(mills, 4)).not.toEqual(parts)
  expect(() => splitTexts(mills.slice(0, 3), 1)).toThrow(/at least 4 texts with 24 passages.*have 3 with/)
})

test('a text that holds nearly everything is refused, since nothing is left to judge by', () => {
  const sentence = 'All of what there is to say stands here in this text'
  const texts = [textOf('long', sentence, 400), ...['a', 'b', 'c'].map((id) => textOf(id, sentence, 5))]
  expect(() => splitTexts(texts, 1)).toThrow(/Nearly all of what there is stands in one text/)
})

test('a learned rule keeps silent where people wrote one of the same, and is one that the voice check understands', () => {
  const own = mills.flatMap(passagesOf)
  const facts = {
    style: profileOf(own.map(({ text }) => measureStyle(text, 'en'))),
    sentenceWords: { mean: 12, median: 12, p90: 13 },
    sentences: 240,
    terms: [],
    language: 'en',
    writtenRules: [],
  }
  expect(learnedRules(facts)).toEqual(
    expect.arrayContaining([
      'Keep most sentences under 14 words; they have 12 on average.',
      'Speak to the reader in the second person.',
      'No exclamation marks.',
      'No questions.',
      'No emoji.',
    ]),
  )
  const rest = learnedRules({
    ...facts,
    writtenRules: ['Sentences may have 30 words.', 'Exclamation marks: one a page.'],
  })
  expect(rest.join(' ')).not.toMatch(/sentences|exclamation/i)
  expect(learnedRules({ ...facts, sentences: 10 }).join(' ')).not.toMatch(/emoji|exclamation/)
})

test('examples are typical, of different texts, quotable, without addresses, and none is known already', () => {
  const vector = [1, 0]
  const scorer = { style: (text: string) => text.length, meaning: () => 1 }
  const passage = (textId: string, text: string, isQuotable = true) => ({ textId, text, isQuotable, vector })
  const passages = [
    passage('a', 'xxxxx'),
    passage('a', 'xxxx'),
    passage('b', 'xxx'),
    passage('c', 'xx known'),
    passage('d', 'from outside, and long', false),
    passage('e', 'write to ann@example.com, and long'),
  ]
  expect(chooseExamples(passages, { scorer, known: ['xx known'] })).toEqual(['xxxxx', 'xxx'])
})

const embeddings = hashedEmbeddings({ model: 'words', dimensions: 64 })
const tools = { embeddings, signal: new AbortController().signal, checkpoint: async () => {} }
const toTrain = (changes: Partial<VoiceToTrain> = {}): VoiceToTrain => ({
  language: 'en',
  parts: splitTexts(mills, 1),
  others: gowns,
  seed: 1,
  written: { name: 'Mills', summary: 'Plain words about tools.', rules: ['No emoji.'], avoid: [], examples: [] },
  tuned: undefined,
  ...changes,
})

test('a voice is told from another brand’s, better than by what was written, and the same each time', async () => {
  const voice = await trainVoice(toTrain(), tools)
  const { evaluation, spread, terms } = voice.measures
  expect(evaluation).toMatchObject({ against: 'other_brands', present: { origin: 'as_written', styleAuc: 0.5 } })
  expect(evaluation.candidate.auc).toBeGreaterThan(0.95)
  expect(evaluation.candidate.auc).toBeGreaterThan(evaluation.present.auc)
  expect(spread.mean).toBeGreaterThan(0.5)
  expect(Math.hypot(...voice.centroid)).toBeCloseTo(1, 5)
  expect(terms.length).toBeGreaterThan(2)
  expect(await trainVoice(toTrain(), tools)).toEqual(voice)
})

test('without another brand it is told from its own words in another order, and without a voice nothing is told', async () => {
  const { measures, contrastPassages } = await trainVoice(toTrain({ others: [], written: undefined }), tools)
  expect(measures.evaluation).toMatchObject({
    against: 'perturbed',
    present: { origin: 'none', auc: 0.5, styleAuc: 0.5, meaningAuc: 0.5 },
  })
  expect(contrastPassages).toBe(measures.evaluation.heldOut)
  expect(measures.evaluation.candidate.styleAuc).toBeGreaterThan(0.9)
  // The same words have the same vector in this model: it must not be said that meaning tells them apart.
  expect(measures.evaluation.candidate.meaningAuc).toBe(0.5)
  expect(measures.terms).toEqual([])
})

test('a tuned voice is compared by what it was tuned to, and by its style alone where its vectors are another model’s', async () => {
  const first = await trainVoice(toTrain(), tools)
  const tuned = { measures: first.measures, centroid: first.centroid }
  const again = await trainVoice(toTrain({ tuned }), tools)
  const { auc, styleAuc } = first.measures.evaluation.candidate
  expect(again.measures.evaluation.present).toMatchObject({ origin: 'tuned', auc, styleAuc })
  const elsewhere = { ...tuned, measures: { ...first.measures, embeddingModel: 'other:model' } }
  const { present } = (await trainVoice(toTrain({ tuned: elsewhere }), tools)).measures.evaluation
  expect(present).toMatchObject({ origin: 'tuned', meaningAuc: 0.5, styleAuc })
})
