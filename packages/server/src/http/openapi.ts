import * as contract from '@neonhub/contract'
import { Problem, type Route, type RouteResponse, routes } from '@neonhub/contract'
import { z } from 'zod'

type Json = Record<string, unknown>

const componentPath = '#/components/schemas/'

/** The OpenAPI 3.1 document of the contract's routes. `publicUrl` is where this server answers. */
export function createOpenApi(publicUrl: string): Json {
  const names = nameSchemas()
  const paths: Record<string, Json> = {}
  for (const route of Object.values<Route>(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method]: describeOperation(route, names) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'NeonHub',
      version: '1',
      description: 'Runs, approvals, brands and connections of an organization. Every error is a problem (RFC 9457).',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: publicUrl }],
    paths,
    components: {
      schemas: keepReferenced(describeSchemas(names), paths),
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key: nh_…' },
        session: { type: 'apiKey', in: 'cookie', name: 'neonhub.session_token' },
      },
    },
  }
}

/** Schemas that stand under a name of their own: those that the contract exports, and the answers. */
function nameSchemas(): ReadonlyMap<z.ZodType, string> {
  const names = new Map<z.ZodType, string>()
  for (const [name, value] of Object.entries(contract)) if (value instanceof z.ZodType) names.set(value, name)
  for (const route of Object.values<Route>(routes)) {
    for (const [status, { schema }] of Object.entries(route.responses)) {
      if (schema && !names.has(schema)) names.set(schema, `${route.id}${status}`)
    }
  }
  return names
}

function describeSchemas(names: ReadonlyMap<z.ZodType, string>): Record<string, Json> {
  const registry = z.registry<{ id: string }>()
  for (const [schema, id] of names) registry.add(schema, { id })
  const { schemas } = z.toJSONSchema(registry, { uri: (id) => `${componentPath}${id}` })
  return Object.fromEntries(
    Object.entries(schemas).map(([name, { $schema: _dialect, $id: _id, ...schema }]) => [name, schema]),
  )
}

/** The components that operations reach, so that the document has no names that nothing uses. */
function keepReferenced(schemas: Record<string, Json>, paths: Record<string, Json>): Record<string, Json> {
  const kept = new Map<string, Json>()
  const follow = (value: unknown) => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)/g)) {
      const schema = schemas[name]
      if (!schema || kept.has(name)) continue
      kept.set(name, schema)
      follow(schema)
    }
  }
  follow(paths)
  return Object.fromEntries([...kept].toSorted(([left], [right]) => left.localeCompare(right)))
}

function describeOperation(route: Route, names: ReadonlyMap<z.ZodType, string>): Json {
  const { request, permission } = route
  const refer = (schema: z.ZodType) => ({ $ref: `${componentPath}${names.get(schema)}` })
  const responses = Object.entries(route.responses).map(([status, response]) => [
    status,
    describeAnswer(response, refer),
  ])
  return {
    operationId: route.id,
    tags: [route.tag],
    summary: route.summary,
    description: describeAccess(route),
    parameters: [
      ...describeParameters('path', request.params),
      ...describeParameters('query', request.query),
      ...describeParameters('header', request.headers),
    ],
    ...(request.body && {
      requestBody: { required: true, content: { 'application/json': { schema: toInputSchema(request.body) } } },
    }),
    // OpenAPI 3.1, 4.8.14.2: the schema of a whole body of bytes says nothing.
    ...(request.bytes && {
      requestBody: {
        required: true,
        content: Object.fromEntries(request.bytes.mediaTypes.map((mediaType) => [mediaType, { schema: {} }])),
      },
    }),
    responses: {
      ...Object.fromEntries(responses),
      default: { description: 'A problem', content: { 'application/problem+json': { schema: refer(Problem) } } },
    },
    security: permission === 'public' ? [] : [{ key: [] }, { session: [] }],
  }
}

function describeAccess({ permission, audit }: Route): string {
  const access = {
    public: 'Open to everyone.',
    'signed-in': 'Open to everyone who is signed in.',
    operator: 'Open to the operator of the machine alone.',
  }
  const who = Object.hasOwn(access, permission) ? Object(access)[permission] : `Needs the permission \`${permission}\`.`
  return audit === null ? who : `${who} Leaves \`${audit}\` in the audit log.`
}

function describeAnswer({ description, schema, contentType }: RouteResponse, refer: (schema: z.ZodType) => Json): Json {
  const described = schema ? refer(schema) : { type: 'string' }
  return { description, content: { [contentType ?? 'application/json']: { schema: described } } }
}

function toInputSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, '~standard': _standard, ...described } = z.toJSONSchema(schema, { io: 'input' })
  return described
}

const Described = z.object({ properties: z.record(z.string(), z.unknown()), required: z.array(z.string()).default([]) })

function describeParameters(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined): readonly Json[] {
  if (!schema) return []
  const { properties, required } = Described.parse(toInputSchema(schema))
  return Object.entries(properties).map(([name, described]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: described,
  }))
}
