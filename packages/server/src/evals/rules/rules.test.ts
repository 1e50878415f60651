import { Evaluator, type EvaluatorInput } from '@neonhub/contract'
import { describe, expect, test } from 'vitest'
import { type Answer, applyRule, isRule } from './apply-rule.ts'
import { safePattern } from './safe-pattern.ts'
import { safeSchema } from './safe-schema.ts'
import { textOf, valueAt } from './value-at.ts'

const answer: Answer = {
  input: { keywords: ['pepper mill'] },
  output: {
    title: 'A pepper mill that is mended',
    body: 'The pepper mill comes apart. It is mended with one screwdriver.',
    posts: [{ text: 'One' }, { text: 'Two' }, {}],
    count: 3,
  },
  expected: { title: 'A pepper mill that is mended', count: 4 },
  voice: { rules: ['Keep sentences under 5 words.'], avoid: ['amazing'] },
  siteUrl: undefined,
}

function measure(rule: EvaluatorInput, of: Partial<Answer> = {}) {
  const parsed = Evaluator.parse(rule)
  if (!isRule(parsed)) throw new TypeError('It is no rule')
  return applyRule(parsed, { ...answer, ...of })
}

test('a path leads through objects and lists, and to nothing where nothing is', () => {
  expect(valueAt(answer.output, 'posts[1].text')).toBe('Two')
  expect(valueAt(answer.output, 'posts[*].text')).toEqual(['One', 'Two'])
  expect(valueAt(answer.output, 'posts[7].text')).toBeUndefined()
  expect(valueAt(answer.output, 'title[0]')).toBeUndefined()
  expect(valueAt(answer.output, 'constructor.name')).toBeUndefined()
  expect(textOf(valueAt(answer.output, 'posts'))).toBe('One\nTwo')
  expect(textOf(undefined)).toBe('')
})

describe('rules', () => {
  test.for<[string, EvaluatorInput, number]>([
    ['all texts are there', { name: 'a', type: 'contains', at: 'body', texts: ['Pepper Mill', 'mended'] }, 1],
    ['half of them', { name: 'a', type: 'contains', at: 'body', texts: ['mended', 'grinder'] }, 0.5],
    ['case counts where it is to', { name: 'a', type: 'contains', texts: ['MENDED'], caseSensitive: true }, 0],
    ['nothing is there to find', { name: 'a', type: 'contains', at: 'absent', texts: ['x'] }, 0],
    ['one of two is there that should not', { name: 'a', type: 'not_contains', texts: ['mended', 'grinder'] }, 0.5],
    ['a pattern is found', { name: 'a', type: 'regex', at: 'title', pattern: '^A .* mended$' }, 1],
    ['a pattern is found that should not', { name: 'a', type: 'regex', pattern: 'mill', expect: 'no_match' }, 0],
    ['words within bounds', { name: 'a', type: 'length', at: 'body', unit: 'words', min: 11, max: 11 }, 1],
    ['too many characters', { name: 'a', type: 'length', at: 'title', unit: 'characters', max: 27 }, 0],
    ['a schema fits', { name: 'a', type: 'schema', schema: { required: ['title'] } }, 1],
    ['a schema does not fit', { name: 'a', type: 'schema', at: 'posts', schema: { maxItems: 2 } }, 0],
    ['the expected value', { name: 'a', type: 'equals', at: 'title' }, 1],
    ['another than the expected', { name: 'a', type: 'equals', at: 'count' }, 0],
    ['a value that is given', { name: 'a', type: 'equals', at: 'count', value: 3 }, 1],
    ['easy to read', { name: 'a', type: 'readability', at: 'body', min: 60 }, 1],
    ['one of two sentences is too long', { name: 'a', type: 'voice', at: 'body' }, 0.5],
  ])('%s', ([, rule, score]) => {
    expect(measure(rule)).toMatchObject({ score })
  })

  test('an article is audited as SEOAgent audits it', () => {
    const verdict = measure({ name: 'a', type: 'seo' })
    expect(verdict.score).toBeGreaterThan(0)
    expect(verdict.score).toBeLessThan(1)
    expect(verdict.reason).not.toBe('')
  })

  test('what cannot be scored is an error, and no score of 0', () => {
    const failing: readonly [EvaluatorInput, Partial<Answer>, string][] = [
      [{ name: 'a', type: 'equals', at: 'nowhere' }, {}, 'evals.nothing_expected'],
      [{ name: 'a', type: 'voice' }, { voice: undefined }, 'evals.voice_missing'],
      [{ name: 'a', type: 'seo', body: 'nowhere' }, {}, 'evals.nothing_there'],
      [{ name: 'a', type: 'regex', pattern: '(' }, {}, 'evals.pattern_invalid'],
      [{ name: 'a', type: 'contains', texts: ['x'] }, { output: 'y'.repeat(500_001) }, 'evals.text_too_long'],
    ]
    for (const [rule, of, code] of failing) {
      const verdict = measure(rule, of)
      expect(verdict).toMatchObject({ error: { code } })
      expect(verdict.score).toBeUndefined()
    }
  })
})

test('an expression that would hold a backtracking engine for years is answered at once', () => {
  const started = performance.now()
  const text = `${'a'.repeat(100_000)}!`
  expect(safePattern('^(a+)+$')(text)).toBe(false)
  expect(safeSchema({ type: 'string', pattern: '^(a|aa)+$' })(text)).toHaveLength(1)
  expect(performance.now() - started).toBeLessThan(2_000)
  expect(() => safePattern('(?=a)')).toThrow('no regular expression')
})

test('an expression that is long once its repetitions are written out is no way to hold a worker', () => {
  const started = performance.now()
  const text = 'a'.repeat(50_000)
  const pattern = '[ab]{0,1000}[cd]'
  expect(() => safePattern(pattern)(text)).toThrow(expect.objectContaining({ code: 'evals.pattern_heavy' }))
  const allOf = Array.from({ length: 20 }, (_, index) => ({ pattern: `[ab]{0,100}[c-e]{${index}}f` }))
  expect(measure({ name: 'a', type: 'schema', schema: { allOf } }, { output: text })).toMatchObject({
    error: { code: 'evals.pattern_heavy' },
  })
  expect(measure({ name: 'a', type: 'schema', schema: { maxLength: 1 } }, { output: text })).toMatchObject({ score: 0 })
  expect(safePattern(pattern)('a'.repeat(1_000))).toBe(false)
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('each pattern of a schema is its own', () => {
  const check = safeSchema({ properties: { a: { pattern: '^x' }, b: { pattern: '^y' } } })
  expect(check({ a: 'x', b: 'y' })).toEqual([])
  expect(check({ a: 'x', b: 'x' })).toEqual(['/b must match pattern "^y"'])
})

test('a schema with references, or one that is none, is refused', () => {
  const bomb = { $defs: { a: { allOf: [{ $ref: '#/$defs/a' }, { $ref: '#/$defs/a' }] } }, $ref: '#/$defs/a' }
  expect(() => safeSchema(bomb)).toThrow('it has a reference')
  expect(() => safeSchema({ type: 'sentence' })).toThrow('The schema cannot be used')
  expect(() => safeSchema({ description: 'x'.repeat(20_001) })).toThrow('more than')
})

test('an unknown property of an evaluator is refused by its name', () => {
  const refused = Evaluator.safeParse({ name: 'a', type: 'contains', texts: ['x'], whole: true })
  expect(refused.error?.issues).toMatchObject([{ code: 'unrecognized_keys', keys: ['whole'] }])
  expect(Evaluator.safeParse({ name: 'a', type: 'length', unit: 'words' }).success).toBe(false)
})
