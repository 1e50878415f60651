import { expect, test } from 'vitest'
import { exampleOf, optionalMembersOf } from './example-of.ts'

const email = {
  type: 'object',
  description: 'The mail',
  properties: {
    connection: { type: 'string', default: 'email' },
    to: { type: 'array', minItems: 1, items: { type: 'string', format: 'email' } },
  },
  required: ['to'],
}
const schema = {
  type: 'object',
  properties: {
    topic: { type: 'string', minLength: 3 },
    words: { type: 'integer', minimum: 150 },
    formats: { type: 'array', minItems: 1, items: { type: 'string', enum: ['ad', 'newsletter'] } },
    save: { type: 'boolean', default: true },
    kind: { const: 'mail' },
    goal: { anyOf: [{ type: 'object', properties: { url: { type: 'string' } }, required: ['url'] }, { type: 'null' }] },
    email,
  },
  required: ['topic', 'words', 'formats', 'kind', 'goal'],
}

test('an example holds what is required and what has a default, with texts left empty', () => {
  expect(exampleOf(schema)).toEqual({
    topic: '',
    words: 150,
    formats: ['ad'],
    save: true,
    kind: 'mail',
    goal: { url: '' },
  })
})

test('a member that may be left out is offered with an example of its own', () => {
  expect(optionalMembersOf(schema)).toEqual([
    { name: 'email', description: 'The mail', example: { connection: 'email', to: [''] } },
  ])
})

test('a schema that says nothing gives nothing to fill in', () => {
  expect(exampleOf({})).toBeNull()
  expect(exampleOf(true)).toBeNull()
  expect(optionalMembersOf(undefined)).toEqual([])
})
