import { expect, test } from 'vitest'
import { readRequest, readResponse } from './read-messages.ts'

test('a prompt is read as its messages, and its settings stand beside them', () => {
  const request = {
    prompt: [
      { role: 'system', content: 'Write well.' },
      {
        role: 'user',
        content: [
          { type: 'text', text: '<task>\nMills\n</task>' },
          { type: 'file', mediaType: 'image/png' },
        ],
      },
    ],
    temperature: 0.2,
  }
  expect(readRequest(request)).toEqual({
    messages: [
      { role: 'system', text: 'Write well.' },
      { role: 'user', text: '<task>\nMills\n</task>\n\n{\n  "type": "file",\n  "mediaType": "image/png"\n}' },
    ],
    rest: { temperature: 0.2 },
  })
})

test('an embedding is read as its texts', () => {
  expect(readRequest({ values: ['a mill', 'a grater'] })).toEqual({
    messages: [
      { role: 'text', text: 'a mill' },
      { role: 'text', text: 'a grater' },
    ],
    rest: undefined,
  })
})

test('a request of another shape is not lost', () => {
  expect(readRequest('words')).toEqual({ messages: [], rest: 'words' })
  expect(readRequest({ prompt: 'words' })).toEqual({ messages: [], rest: { prompt: 'words' } })
})

test('an answer is read whole or as a stream left it, and JSON in lines', () => {
  expect(readResponse({ content: [{ type: 'text', text: 'Well written.' }] })).toEqual({
    text: 'Well written.',
    rest: undefined,
  })
  expect(readResponse({ text: '{"title":"Mills"}', toolCalls: [] })).toEqual({
    text: '{\n  "title": "Mills"\n}',
    rest: undefined,
  })
  expect(readResponse({ content: [{ type: 'tool-call', toolName: 'search', input: {} }] }).text).toContain('search')
})

test('what came of an embedding is not taken for a text', () => {
  expect(readResponse({ vectors: 2, dimensions: 384 })).toEqual({
    text: undefined,
    rest: { vectors: 2, dimensions: 384 },
  })
})
