import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillSchema } from './fill-schema.ts'
import { gatherMaterial } from './material.ts'

const sources = [
  {
    id: 'S1',
    title: 'Brewing guide',
    text: 'Use sixty grams of coffee for a litre of water. Grind right before you brew.',
  },
  {
    id: 'S2',
    title: 'Our farms',
    text: 'We buy from fourteen farms in Colombia. The harvest comes once a year, by sea.',
  },
]
const gather = (task = 'Write about coffee') => gatherMaterial({ task, voice: undefined, facts: {}, sources })
const fill = (schema: unknown, seed = 'seed') => fillSchema({ schema, seed, gather: () => gather(), name: 'answer' })

function isValid(schema: object, value: unknown): boolean {
  const ajv = new Ajv2020({ strict: false, logger: false })
  addFormats.default(ajv)
  return ajv.compile(schema)(value) === true
}

const name = fc.constantFrom(
  'title',
  'bodyMarkdown',
  'keywords',
  'sourceIds',
  'score',
  'posts',
  'email',
  'x',
  'isUrgent',
)
const bounds = (least: string, most: string, max: number) =>
  fc.tuple(fc.nat(max), fc.nat(max), fc.boolean(), fc.boolean()).map(([one, other, hasLeast, hasMost]) => ({
    ...(hasLeast ? { [least]: Math.min(one, other) } : {}),
    ...(hasMost ? { [most]: Math.max(one, other) } : {}),
  }))
const formats = ['email', 'uri', 'date', 'date-time', 'time', 'uuid', 'hostname', 'ipv4', 'ipv6', 'duration']
const patterns = [
  '^#\\w+$',
  '^[A-Z]{2,3}-\\d{4}$',
  '^(?:low|high)$',
  '^v\\d+\\.\\d+$',
  '^[^\\s@]+@[^\\s@]+\\.[a-z]{2,}$',
  '^\\S{5}$',
]
const leaf = fc.oneof(
  bounds('minLength', 'maxLength', 90).map((limits) => ({ type: 'string', ...limits })),
  fc.constantFrom(...formats).map((format) => ({ type: 'string', format })),
  fc.constantFrom(...patterns).map((pattern) => ({ type: 'string', pattern })),
  bounds('minimum', 'maximum', 1000).map((limits) => ({ type: 'number', ...limits })),
  fc
    .tuple(fc.nat(50), fc.integer({ min: 1, max: 9 }))
    .map(([low, step]) => ({ type: 'integer', minimum: low, maximum: low + step, multipleOf: step })),
  fc
    .tuple(fc.nat(9), fc.constantFrom(0.01, 0.25, 0.1))
    .map(([low, multipleOf]) => ({ type: 'number', exclusiveMinimum: low, exclusiveMaximum: low + 1, multipleOf })),
  fc.constantFrom({ type: 'boolean' }, { type: 'null' }, {}, { type: ['string', 'null'] }, { const: { a: [1] } }),
  fc
    .uniqueArray(fc.oneof(fc.string(), fc.integer(), fc.constant(null)), { minLength: 1, maxLength: 4 })
    .map((values) => ({ enum: values })),
)
const { schema } = fc.letrec<{ schema: object }>((tie) => ({
  schema: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(fc.dictionary(name, tie('schema'), { maxKeys: 4 }), fc.boolean(), fc.nat(4))
      .map(([properties, isClosed, count]) => ({
        type: 'object',
        properties,
        required: Object.keys(properties).slice(0, count),
        ...(isClosed ? { additionalProperties: false } : {}),
      })),
    fc
      .tuple(tie('schema'), bounds('minItems', 'maxItems', 5))
      .map(([items, limits]) => ({ type: 'array', items, ...limits })),
    fc.tuple(fc.array(tie('schema'), { minLength: 1, maxLength: 3 }), fc.boolean()).map(([prefixItems, isClosed]) => ({
      type: 'array',
      prefixItems,
      minItems: prefixItems.length,
      ...(isClosed ? { items: false } : {}),
    })),
    fc
      .tuple(tie('schema'), bounds('minProperties', 'maxProperties', 4))
      .map(([additionalProperties, limits]) => ({ type: 'object', additionalProperties, ...limits })),
    fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
    fc.tuple(tie('schema'), tie('schema')).map(([one, other]) => ({
      oneOf: [
        { type: 'object', properties: { kind: { const: 'a' }, value: one }, required: ['kind', 'value'] },
        { type: 'object', properties: { kind: { const: 'b' }, value: other }, required: ['kind'] },
      ],
    })),
    fc.tuple(tie('schema'), tie('schema')).map(([one, other]) => ({
      allOf: [
        { type: 'object', properties: { first: one }, required: ['first'] },
        { type: 'object', properties: { second: other }, required: ['second'] },
      ],
    })),
    tie('schema').map((inner) => ({ $ref: '#/$defs/shared', $comment: JSON.stringify(inner).slice(0, 10) })),
  ),
}))
const documents = fc.tuple(schema, leaf).map(([root, shared]) => ({
  ...root,
  $defs: { shared: { anyOf: [shared, { type: 'null' }] } },
}))

test('any schema of the common keywords is filled with a value that it accepts', () => {
  fc.assert(
    fc.property(documents, fc.string(), (document, seed) => {
      expect(isValid(document, fill(document, seed))).toBe(true)
    }),
    { numRuns: 400 },
  )
})

test('unique items are unique, and a list of choices gives each at most once', () => {
  const schema = { type: 'array', uniqueItems: true, minItems: 3, items: { enum: ['a', 'b', 'c', 'd'] } }
  expect(isValid(schema, fill(schema))).toBe(true)
  const tags = { type: 'array', uniqueItems: true, minItems: 6, items: { type: 'string', pattern: '^[a-z]{3}$' } }
  expect(isValid(tags, fill(tags))).toBe(true)
})

test('a recursive schema comes to an end', () => {
  const tree = {
    $ref: '#/$defs/node',
    $defs: {
      node: {
        type: 'object',
        required: ['name', 'children', 'next'],
        properties: {
          name: { type: 'string' },
          children: { type: 'array', items: { $ref: '#/$defs/node' } },
          next: { anyOf: [{ $ref: '#/$defs/node' }, { type: 'null' }] },
        },
      },
    },
  }
  const value = fill(tree)
  expect(isValid(tree, value)).toBe(true)
  expect(JSON.stringify(value).length).toBeLessThan(2_000_000)
})

test('keywords that can only be tested are met by trying', () => {
  const schema = {
    type: 'object',
    properties: { kind: { enum: ['a', 'b'] }, size: { type: 'integer', minimum: 0, maximum: 9 } },
    required: ['kind'],
    if: { properties: { kind: { const: 'b' } } },
    then: { required: ['size'] },
  }
  expect(isValid(schema, fill(schema))).toBe(true)
  const contains = {
    type: 'array',
    items: { type: 'integer' },
    contains: { type: 'integer', minimum: 40 },
    minItems: 2,
  }
  expect(isValid(contains, fill(contains))).toBe(true)
})

test('the tuples and nullables of older dialects are understood', () => {
  const tuple = { type: 'array', items: [{ type: 'integer' }, { type: 'string' }], additionalItems: false, minItems: 2 }
  expect(fill(tuple)).toEqual([expect.any(Number), expect.any(String)])
})

test('a list of three posts is three posts where the task asks for three', () => {
  const schema = {
    type: 'object',
    required: ['posts'],
    properties: { posts: { type: 'array', items: { type: 'string' } } },
  }
  for (const [word, count] of [
    ['2', 2],
    ['five', 5],
  ] as const) {
    const value = fillSchema({
      schema,
      seed: '',
      gather: () => gather(`Write ${word} short social posts on coffee`),
      name: '',
    })
    expect(value).toEqual({ posts: Array.from({ length: count }, () => expect.any(String)) })
  }
})
