import { expect, test } from 'vitest'
import { auditSeo } from './audit-seo.ts'
import { countTerm } from './keyword-use.ts'
import { measureReadability } from './readability.ts'

const filler = Array.from({ length: 11 }, () => 'Undo the top nut and lay the parts in a row on it.').join(' ')
const good = {
  title: 'How to free a seized pepper mill at home',
  metaDescription: 'A seized pepper mill can be freed at the kitchen table with one screwdriver. Here is how to do it.',
  body: `A seized pepper mill has been held over a hot pan. [1]

## Free a seized pepper mill

${filler}

See [what a bench repair costs](https://pinwright.example/repair).

## What our bench repair does

${filler}

## What it costs

${filler}`,
  keywords: ['seized pepper mill', 'bench repair'],
  siteUrl: 'https://pinwright.example',
}
const messageOf = (audit: ReturnType<typeof auditSeo>, check: string) =>
  audit.findings.find((finding) => finding.check === check)

test('a page that does everything an editor can has the full score', () => {
  const audit = auditSeo(good)
  expect(audit.findings.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  expect(audit.score).toBe(100)
  expect(audit.keywords[0]).toMatchObject({ term: 'seized pepper mill', count: 1, inTitle: true, inHeadings: true })
})

test('each fault costs points and is named', () => {
  const faults = {
    'title-length': { title: `How to free a seized pepper mill at home ${'and elsewhere '.repeat(3)}` },
    'title-keyword': { title: 'How to mend a thing at home' },
    'meta-description': { metaDescription: undefined },
    'keyword-coverage': { keywords: [...good.keywords, 'salt mill'] },
    'keyword-density': { body: `${good.body} ${'seized pepper mill '.repeat(20)}` },
    'heading-structure': { body: good.body.replace('## What our', '#### What our') },
    'word-count': { body: good.body.replaceAll(filler, 'Short.') },
    readability: {
      body: good.body.replaceAll(
        'Undo the top nut',
        'Systematically disassembling interconnected componentry necessitates',
      ),
    },
    'paragraph-length': { body: good.body.replace(filler, `${filler} ${filler}`) },
    links: { siteUrl: 'https://elsewhere.example' },
    'image-alt': { body: `${good.body}\n\n![](mill.jpg)` },
  }
  for (const [check, change] of Object.entries(faults)) {
    const audit = auditSeo({ ...good, ...change })
    expect(messageOf(audit, check)).toMatchObject({ check, outcome: expect.stringMatching(/^(?:warning|failed)$/) })
    expect(audit.score).toBeLessThan(100)
  }
})

test('an empty page has a score of its own and no error', () => {
  const audit = auditSeo({ title: '', body: '', keywords: [] })
  expect(audit.score).toBeLessThan(35)
  expect(audit.readability.words).toBe(0)
})

test('a term is found in its plural, across case and hyphens, and not inside other words', () => {
  expect(countTerm('hand-crank grain mill', 'Two Hand crank grain mills stood there.')).toBe(1)
  expect(countTerm('mill', 'The miller milled.')).toBe(0)
  expect(countTerm('', 'anything')).toBe(0)
})

test('reading ease is Flesch’s formula over counted words, sentences and syllables', () => {
  const measured = measureReadability('The cat sat on the mat. It was a happy cat.')
  expect(measured).toMatchObject({ words: 11, sentences: 2, syllables: 12 })
  expect(measured.readingEase).toBeCloseTo(206.835 - 1.015 * 5.5 - 84.6 * (12 / 11), 1)
})

test('marks of citations and the text of headings are no words of the running text', () => {
  const { readability } = auditSeo({ title: 'A', body: '# Heading here\n\nFive words are in here. [2]', keywords: [] })
  expect(readability.words).toBe(5)
})
