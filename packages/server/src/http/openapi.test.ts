import { routes } from '@neonhub/contract'
import { Ajv2020 } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { createOpenApi } from './openapi.ts'

const Parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  required: z.boolean(),
  schema: z.looseObject({}),
})
const Content = z.record(z.string(), z.object({ schema: z.looseObject({}) }))
const Operation = z.strictObject({
  operationId: z.string(),
  tags: z.array(z.string()),
  summary: z.string(),
  description: z.string(),
  parameters: z.array(Parameter),
  requestBody: z.strictObject({ required: z.boolean(), content: Content }).optional(),
  responses: z.record(
    z.string().regex(/^(\d{3}|default)$/),
    z.strictObject({ description: z.string(), content: Content }),
  ),
  security: z.array(z.record(z.string(), z.array(z.string()))),
})
const Document = z.strictObject({
  openapi: z.literal('3.1.0'),
  info: z.looseObject({ title: z.string(), version: z.string() }),
  servers: z.array(z.object({ url: z.url() })),
  paths: z.record(
    z.string().regex(/^\//),
    z.record(z.enum(['get', 'post', 'put', 'patch', 'delete']), Operation.optional()),
  ),
  components: z.strictObject({
    schemas: z.record(z.string().regex(/^[\w.-]+$/), z.looseObject({})),
    securitySchemes: z.record(z.string(), z.looseObject({ type: z.string() })),
  }),
})

const raw = createOpenApi('http://localhost:3000')
const document = Document.parse(JSON.parse(JSON.stringify(raw)))
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).flatMap(([method, operation]) => (operation ? [{ path, method, operation }] : [])),
)

test('the document lists every route of the contract, once', () => {
  const listed = operations.map(({ path, method, operation }) => `${method} ${path} ${operation.operationId}`)
  const expected = Object.values(routes).map(({ method, path, id }) => `${method} ${path} ${id}`)
  expect(listed.toSorted()).toEqual(expected.toSorted())
})

test('every path parameter is described, and none besides', () => {
  for (const { path, operation } of operations) {
    const described = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name)
    expect(described).toEqual([...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name))
  }
})

test('every reference leads to a component, and every component is reached', () => {
  const text = JSON.stringify(document)
  const referred = new Set([...text.matchAll(/"\$ref":"([^"]*)"/g)].map(([, reference = '']) => reference))
  const names = Object.keys(document.components.schemas).map((name) => `#/components/schemas/${name}`)
  expect([...referred].toSorted()).toEqual(names.toSorted())
})

test('every schema is JSON Schema 2020-12, and they hold what the contract says', () => {
  const ajv = new Ajv2020({ strict: false })
  addFormats.default(ajv)
  const schemas = document.components.schemas
  ajv.addSchema({ $id: 'https://neonhub.test/', components: { schemas } })
  for (const name of Object.keys(schemas)) {
    expect(ajv.compile({ $ref: `https://neonhub.test/#/components/schemas/${name}` })).toBeTypeOf('function')
  }
  const run = ajv.compile({ $ref: 'https://neonhub.test/#/components/schemas/RunDetail' })
  expect(run({ id: 'x' })).toBe(false)
  for (const { operation } of operations) {
    const body = operation.requestBody?.content['application/json']?.schema
    if (body) expect(ajv.compile(body)({ unknownProperty: 1 })).toBe(false)
  }
})

test('errors are problems, and only public operations ask for no sign-in', () => {
  const open = operations.filter(({ operation }) => operation.security.length === 0)
  expect(open.map(({ path }) => path)).toEqual([
    // What it says is believed by its signature alone.
    '/v1/webhooks/in/{token}',
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/unsubscribe/{token}',
    '/unsubscribe/{token}',
  ])
  for (const { operation } of operations) {
    expect(operation.responses['default']?.content).toEqual({
      'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
    })
  }
})
