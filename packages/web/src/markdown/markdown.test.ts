import { expect, test } from 'vitest'
import { type Inline, parseInline } from './parse-inline.ts'
import { parseMarkdown } from './parse-markdown.ts'

const paragraph = (text: string) => ({ type: 'paragraph', text })
const text = (value: string): Inline => ({ type: 'text', text: value })

test('reads the blocks that agents write', () => {
  const source = '# Title\n\nOne\nline.\n\n> Quoted.\n\n```ts\n# no heading\n```\n\n---\nEnd.'
  expect(parseMarkdown(source)).toEqual([
    { type: 'heading', level: 1, text: 'Title' },
    paragraph('One\nline.'),
    { type: 'quote', blocks: [paragraph('Quoted.')] },
    { type: 'code', text: '# no heading' },
    { type: 'rule' },
    paragraph('End.'),
  ])
})

test('reads lists within lists, and the number that a list begins with', () => {
  expect(parseMarkdown('3. Three\n   - inner\n   - more\n4. Four\n\nAfter')).toEqual([
    {
      type: 'list',
      ordered: true,
      start: 3,
      items: [
        [
          paragraph('Three'),
          { type: 'list', ordered: false, start: 1, items: [[paragraph('inner')], [paragraph('more')]] },
        ],
        [paragraph('Four')],
      ],
    },
    paragraph('After'),
  ])
})

test('keeps items together that stand apart by a blank line', () => {
  const [list, ...others] = parseMarkdown('- one\n\n- two\n\n  still two')
  expect(others).toEqual([])
  expect(list).toMatchObject({ items: [[paragraph('one')], [paragraph('two'), paragraph('still two')]] })
})

test('reads tables', () => {
  expect(parseMarkdown('| a | b |\n|---|:-:|\n| 1 | x \\| y |')).toEqual([
    { type: 'table', head: ['a', 'b'], rows: [['1', 'x | y']] },
  ])
})

test('reads emphasis, code, links and sources', () => {
  expect(parseInline('A **bold *word*** and `code` [1], [here](https://a.example).')).toEqual([
    text('A '),
    { type: 'strong', children: [text('bold '), { type: 'emphasis', children: [text('word')] }] },
    text(' and '),
    { type: 'code', text: 'code' },
    text(' '),
    { type: 'citation', source: 1 },
    text(', '),
    { type: 'link', href: 'https://a.example', children: [text('here')] },
    text('.'),
  ])
})

test.each([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '[a](javascript:alert(1))',
  '[a](JaVaScRiPt:alert(1))',
  '[a](data:text/html,x)',
  '[a](//evil.example)',
  'snake_case_word and 2 * 3 * 4',
])('%s stays text', (source) => {
  expect(parseInline(source)).toEqual([text(source)])
})

test('an escaped sign is the sign itself', () => {
  expect(parseInline(String.raw`\*not\* \[1\]`)).toEqual([text('*not* [1]')])
})

test('an image is named and not fetched', () => {
  expect(parseInline('![a mill](https://tracker.example/x.png)')).toEqual([{ type: 'image', alt: 'a mill' }])
})

test('long lines of signs are read in good time', () => {
  const started = performance.now()
  for (const sign of ['*', '_', '[', '`', '![', '**a', '\\']) parseInline(sign.repeat(3_000))
  parseMarkdown('- a\n'.repeat(2_000))
  expect(performance.now() - started).toBeLessThan(5_000)
})
