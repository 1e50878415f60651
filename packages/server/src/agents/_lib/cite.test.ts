import { expect, test } from 'vitest'
import { asId } from '../../base/ids.ts'
import { citationsOf, resolveCitations, withoutMarks } from './cite.ts'

const chunk = (number: number) => ({
  chunkId: asId<'chunk'>(`chunk ${number}`),
  documentId: asId<'document'>(`document ${number}`),
  path: `${number}.md`,
  title: `Title ${number}`,
  headingPath: ['Heading'],
  text: 'Text',
  startLine: 1,
  endLine: 2,
  untrusted: false,
  score: 1,
})
const sources = { found: [chunk(1), chunk(2), chunk(3)], prompt: [] }

test('citations are numbered in the order in which the text names them', () => {
  const cited = resolveCitations('One. [S3] Two [S1, S3]. Three [S1][S2].', sources)
  expect(cited.text).toBe('One. [1] Two [2][1]. Three [2] [3].')
  expect(cited.citations.map(({ source, path }) => [source, path])).toEqual([
    [1, '3.md'],
    [2, '1.md'],
    [3, '2.md'],
  ])
})

test('a citation that was never handed out is taken out and named', () => {
  const cited = resolveCitations('One [S9]. Two [S2, S0].', sources)
  expect(cited).toMatchObject({ text: 'One. Two [1].', unknown: ['S9', 'S0'] })
})

test('ids of a list are kept once, and unknown ones left out', () => {
  expect(citationsOf(['S2', 'S2', 'S7', 'x'], sources).map(({ path }) => path)).toEqual(['2.md'])
})

test('marks are cut out, and links stay', () => {
  expect(withoutMarks('One. [1] [Two](https://example.com) [S3]')).toBe('One. [Two](https://example.com)')
})
