import { expect, test } from 'vitest'
import { composePost, postLength, tidyHashtags } from './networks.ts'

const callToAction = { label: 'Book', url: `https://pinwright.example/${'a'.repeat(100)}` }

test('X counts a link as 23 characters, and emoji and ideographs twice', () => {
  expect(postLength(callToAction.url, 'x')).toBe(23)
  expect(postLength('mend', 'x')).toBe(4)
  expect(postLength('修理', 'x')).toBe(4)
  expect(postLength('修理', 'linkedin')).toBe(2)
})

test('a text that is too long loses its last sentences and keeps its link', () => {
  const text = Array.from({ length: 12 }, (_, index) => `Sentence number ${index + 1} says a little.`).join(' ')
  const post = composePost({ text, hashtags: ['#a1', '#b2', '#c3'], callToAction }, 'x')
  expect(post.length).toBeLessThanOrEqual(280)
  expect(post.text).toContain(callToAction.url)
  expect(post.text).toMatch(/^Sentence number 1 says a little\./)
  expect(post.text).not.toContain('number 12')
})

test('one sentence that is too long is cut at a word', () => {
  const post = composePost({ text: 'word '.repeat(100), hashtags: [], callToAction: undefined }, 'x')
  expect(post.length).toBeLessThanOrEqual(280)
  expect(post.length).toBeGreaterThan(200)
})

test('hashtags are cleaned, kept once, and left out where they no longer fit', () => {
  expect(tidyHashtags(['#Right to repair', '#righttorepair', '#123', 'mills!'])).toEqual(['#Righttorepair', '#mills'])
  expect(composePost({ text: 'a'.repeat(277), hashtags: ['#mills'], callToAction: undefined }, 'x').hashtags).toEqual(
    [],
  )
})

test('Instagram takes no link', () => {
  expect(composePost({ text: 'Hello.', hashtags: [], callToAction }, 'instagram').text).not.toContain('https://')
})
