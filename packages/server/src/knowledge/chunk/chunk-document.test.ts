import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Block, BlockKind, ParsedDocument } from '../parse/parsed-document.ts'
import { parseDocument } from '../parse/parse-document.ts'
import { chunkDocument, defaultChunkSizes } from './chunk-document.ts'
import { countWords } from './count-words.ts'

const words = (count: number, word = 'word') => Array.from({ length: count }, (_, index) => `${word}${index}`).join(' ')
const sentences = (count: number) =>
  Array.from({ length: count }, (_, index) => `Sentence ${index} has ten words in it, as one may count.`).join(' ')
const chunksOf = (text: string) => chunkDocument(parseDocument({ path: 'guide.md', mediaType: 'text/markdown', text }))
const letters = (texts: readonly string[]) => texts.join('').replaceAll(/\s/g, '')

test('a chunk carries its title, headings, lines and hash', () => {
  const [first, second] = chunksOf(`# Guide\n\n## Setup\n\n${words(60)}\n\n## Use\n\n${words(60, 'use')}`)
  expect(first).toMatchObject({
    ordinal: 0,
    headingPath: ['Guide', 'Setup'],
    text: words(60),
    contextualText: `Guide › Setup\n\n${words(60)}`,
    wordCount: 60,
    startLine: 5,
    endLine: 5,
  })
  expect(second).toMatchObject({ ordinal: 1, headingPath: ['Guide', 'Use'], startLine: 9 })
  expect(first?.sha256).not.toBe(second?.sha256)
})

test('tiny sections share a chunk, and their headings are embedded with them', () => {
  const chunks = chunksOf('# FAQ\n\n## Is it free?\n\nYes, for teams.\n\n## Is it safe?\n\nYes, by design.')
  expect(chunks).toHaveLength(1)
  expect(chunks[0]).toMatchObject({ headingPath: ['FAQ'], text: 'Yes, for teams.\n\nYes, by design.' })
  expect(chunks[0]?.contextualText).toBe('FAQ\n\nIs it free?\n\nYes, for teams.\n\nIs it safe?\n\nYes, by design.')
})

test('a long paragraph is cut between sentences and its lines are told', () => {
  const chunks = chunksOf(`# Long\n\n${sentences(100)}`)
  expect(chunks.length).toBeGreaterThan(3)
  for (const chunk of chunks) {
    expect(chunk.wordCount).toBeLessThanOrEqual(defaultChunkSizes.maxWords)
    expect(chunk.text).toMatch(/^Sentence .*count\.$/s)
  }
})

test('code is kept whole where it fits and cut at lines where it does not', () => {
  const code = (lines: number) =>
    `\`\`\`\n${Array.from({ length: lines }, (_, n) => `call(${n}) // does it`).join('\n')}\n\`\`\``
  expect(chunksOf(`# Code\n\n${code(60)}`)).toHaveLength(1)
  const long = chunksOf(`# Code\n\n${code(300)}`)
  expect(long.length).toBeGreaterThan(2)
  for (const chunk of long) expect(chunk.text).toMatch(/^call.*does it$/s)
})

test('the later parts of a long table are embedded with its header row', () => {
  const rows = Array.from({ length: 200 }, (_, index) => `| plan ${index} | ${index} euros |`).join('\n')
  const chunks = chunksOf(`# Prices\n\n| Plan | Price |\n|---|---|\n${rows}`)
  expect(chunks.length).toBeGreaterThan(1)
  for (const chunk of chunks) expect(chunk.contextualText).toContain('Plan | Price\n')
  expect(chunks.filter((chunk) => chunk.text.includes('Plan | Price'))).toHaveLength(1)
})

test('a run without white space and a script without spaces are cut too', () => {
  for (const text of ['x'.repeat(20_000), '漢字かな交じり文。'.repeat(500)]) {
    const chunks = chunksOf(text)
    expect(chunks.length).toBeGreaterThan(3)
    expect(letters(chunks.map((chunk) => chunk.text))).toBe(text)
    for (const chunk of chunks) expect(chunk.text.length).toBeLessThan(300 * 17)
  }
})

test('a document of one giant line is cut in good time', () => {
  const started = performance.now()
  const chunks = chunkDocument(parseDocument({ path: 'a.txt', mediaType: 'text/plain', text: sentences(20_000) }))
  expect(chunks.length).toBeGreaterThan(700)
  expect(performance.now() - started).toBeLessThan(10_000)
})

test('words are counted so that no text is long and counts little', () => {
  expect(countWords('two words')).toBe(2)
  expect(countWords(' \n')).toBe(0)
  expect(countWords('漢字漢字')).toBe(2)
  expect(countWords('x'.repeat(160))).toBe(10)
})

const kind = fc.constantFrom<BlockKind>('paragraph', 'list', 'table', 'code', 'quote')
const text = fc
  .oneof(
    fc.string({ unit: 'binary', minLength: 1, maxLength: 400 }),
    fc
      .array(fc.constantFrom('word', 'End.', '\n', '漢字', '👩‍👩‍👧', 'https://a.example/long/path'), {
        minLength: 1,
        maxLength: 900,
      })
      .map((parts) => parts.join(' ')),
  )
  .filter((each) => each.trim() !== '')
const anyDocument: fc.Arbitrary<ParsedDocument> = fc
  .array(fc.record({ kind, text, opens: fc.integer({ min: 0, max: 3 }), heading: fc.constantFrom('One', 'Two') }), {
    maxLength: 12,
  })
  .map((parts) => {
    let section = 0
    let line = 1
    const blocks = parts.map((part): Block => {
      if (part.opens === 1) section += 1
      const startLine = line
      line += part.text.split('\n').length
      const headingPath = Array.from({ length: part.opens }, () => part.heading)
      return { headingPath, section, kind: part.kind, text: part.text, startLine, endLine: line - 1 }
    })
    return { title: 'Title', language: undefined, blocks, notes: [] }
  })

test('every character of the blocks is in exactly one chunk, in order, and no chunk is too long', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const chunks = chunkDocument(document)
      expect(letters(chunks.map((chunk) => chunk.text))).toBe(letters(document.blocks.map((block) => block.text)))
      for (const [index, chunk] of chunks.entries()) {
        expect(chunk.ordinal).toBe(index)
        expect(chunk.text).not.toBe('')
        expect(chunk.wordCount).toBeLessThanOrEqual(defaultChunkSizes.maxWords)
        expect(chunk.endLine).toBeGreaterThanOrEqual(chunk.startLine)
      }
      expect(chunkDocument(document)).toEqual(chunks)
    }),
    { numRuns: 300 },
  )
})

test('words of a usual length are never cut', () => {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const usual = (texts: readonly string[]) =>
        texts.flatMap((each) => each.split(/\s+/)).filter((word) => word === 'word' || word === 'End.').length
      const chunks = chunkDocument(document).map((chunk) => chunk.text)
      expect(usual(chunks)).toBe(usual(document.blocks.map((block) => block.text)))
    }),
    { numRuns: 200 },
  )
})
