import { Problem, type Route } from '@neonhub/contract'
import type { OrganizationId } from '../../../src/base/ids.ts'
import type { Rows } from './fill-organization.ts'
import type { Principal, Principals } from './principals.ts'
import { sampleOf } from './sample-of.ts'

/** What the probes share. */
export interface Probing {
  readonly routes: readonly Route[]
  readonly principals: Principals
  readonly organizations: { readonly mine: OrganizationId; readonly theirs: OrganizationId }
  /** The rows of the other organization. */
  readonly rows: Rows
  readonly counts: { requests: number; controls: number }
  readonly findings: Readonly<
    Record<'wrongAnswers' | 'differingAnswers' | 'unknownWritten' | 'unfilled' | 'deaf', string[]>
  >
  readonly seed: number
  readonly isShort: boolean
  readonly send: (path: string, init: RequestInit) => Promise<Response>
}

/**
 * Bodies that the contract's schema does not tell: what a handler checks before it looks for the row. A new route
 * needs one only where it does so.
 */
const bodies: Readonly<Record<string, unknown>> = {
  // What is counted has no currency, and what costs has one: the schema alone does not tell.
  giveFeedback: { contentId: '01a20543-18f3-77f2-8519-ad367d2fbfd7', verdict: 'up' },
  setLimit: { scope: 'organization', atOnce: 1 },
  setBudget: { name: 'example', scope: 'organization', limits: 'sends', period: 'daily', amount: 1 },
}

/** A body that the route takes. Undefined where it takes none; says what is wrong where none could be made. */
export function bodyOf({ id, request }: Route): { readonly body: unknown } | { readonly missing: string } {
  if (!request.body) return { body: undefined }
  const body = bodies[id] ?? sampleOf(request.body).value
  const parsed = request.body.safeParse(body)
  if (parsed.success) return { body }
  return { missing: `a body: ${JSON.stringify(body)} is refused: ${parsed.error.issues[0]?.message}` }
}

export interface Answer {
  readonly status: number
  readonly code: string | undefined
  /** The whole answer but for the request's own id. */
  readonly text: string
}

/** Sends a request as somebody, and reads the answer; of a stream that goes on, the status alone. */
export async function ask(
  { send }: Pick<Probing, 'send'>,
  {
    route,
    path,
    as,
    body,
    headers = {},
  }: {
    readonly route: Pick<Route, 'method' | 'request'>
    readonly path: string
    readonly as: Principal
    readonly body?: unknown
    readonly headers?: Readonly<Record<string, string>>
  },
): Promise<Answer> {
  const response = await send(withQuery(path, route), {
    method: route.method.toUpperCase(),
    headers: {
      ...as.headers,
      ...headers,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  if (response.headers.get('content-type')?.includes('event-stream')) {
    await response.body?.cancel()
    return { status: response.status, code: undefined, text: 'a stream' }
  }
  const text = (await response.text()).replace(/"requestId":"[^"]*"/, '')
  const problem = response.status >= 400 ? Problem.safeParse(parse(text)).data : undefined
  return { status: response.status, code: problem?.code, text }
}

/** The path with what the route's query must have, made from the schema. */
function withQuery(path: string, { request: { query } }: Pick<Route, 'request'>): string {
  const required = query ? sampleOf(query).value : undefined
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(Object(required))) search.set(name, String(value))
  return search.size === 0 ? path : `${path}${path.includes('?') ? '&' : '?'}${search}`
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text.replace(/,\s*}/, '}'))
  } catch {
    // What is no JSON has no code; its status and text are compared all the same.
    return undefined
  }
}

/** Does something for each, a few at a time. */
export async function forEachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = [...items]
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: 4 }, worker))
}
