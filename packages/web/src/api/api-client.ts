import { type AnswerOf, fillPath, type InputOf, type Route } from '@neonhub/contract'
import { ApiError, parseJson, readProblem, unreachable } from './api-error.ts'

type Part = 'params' | 'query' | 'headers' | 'body'

/** One part of a request: left out where the route has none, optional where nothing in it is required. */
type PartOf<Definition extends Route, Name extends Part> = [InputOf<Definition, Name>] extends [undefined]
  ? { readonly [Key in Name]?: never }
  : Record<never, never> extends InputOf<Definition, Name>
    ? { readonly [Key in Name]?: InputOf<Definition, Name> }
    : { readonly [Key in Name]: InputOf<Definition, Name> }

/** The file of a route that takes one in the place of a body. */
type FileOf<Definition extends Route> = Definition['request'] extends { readonly bytes: object }
  ? { readonly file: Blob }
  : { readonly file?: never }

/** What a call of a route needs, by the route's own schemas. */
export type CallOptions<Definition extends Route> = PartOf<Definition, 'params'> &
  PartOf<Definition, 'query'> &
  PartOf<Definition, 'headers'> &
  PartOf<Definition, 'body'> &
  FileOf<Definition> & { readonly signal?: AbortSignal }

export interface ApiParts {
  readonly fetch: typeof fetch
  /** Id of the organization to act in; undefined leaves the choice to the server. */
  readonly organization: () => string | undefined
}

interface RequestOptions {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
  readonly file?: Blob
  readonly headers?: unknown
  readonly signal?: AbortSignal
}

export interface ApiClient {
  /** Calls a route and parses the answer with its schema. Throws `ApiError`. */
  readonly call: <Definition extends Route>(
    route: Definition,
    options: CallOptions<Definition>,
  ) => Promise<AnswerOf<Definition>>
  /** Opens a route of server-sent events, after the event of that number. Throws `ApiError`. */
  readonly open: (
    route: Route,
    options: { readonly params: unknown; readonly lastEventId: number | undefined; readonly signal: AbortSignal },
  ) => Promise<ReadableStream<Uint8Array>>
  /** Fetches the file that a route answers with. Throws `ApiError`. */
  readonly download: (
    route: Route,
    options: { readonly params: unknown; readonly signal?: AbortSignal },
  ) => Promise<Blob>
}

/** Makes the client of the API: same origin, the session's cookie, and the contract's routes. */
export function createApi({ fetch, organization }: ApiParts): ApiClient {
  const send = async (route: Route, options: RequestOptions) => {
    const response = await fetch(addressOf(route, options), {
      method: route.method.toUpperCase(),
      credentials: 'same-origin',
      headers: headersOf(options, organization()),
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      ...(options.file === undefined ? {} : { body: options.file }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    }).catch((cause: unknown) => {
      if (options.signal?.aborted) throw cause
      throw unreachable(cause)
    })
    if (!response.ok) throw await readProblem(response)
    return response
  }

  return {
    async call<Definition extends Route>(route: Definition, options: CallOptions<Definition>) {
      const response = await send(route, options)
      return parseAnswer(route, response.status, await response.text())
    },
    async open(route, { params, lastEventId, signal }) {
      const resume = lastEventId === undefined ? {} : { 'last-event-id': String(lastEventId) }
      const response = await send(route, { params, signal, headers: { accept: 'text/event-stream', ...resume } })
      if (!response.body) throw unreachable(new TypeError('an event stream without a body'))
      return response.body
    },
    download: async (route, options) => (await send(route, options)).blob(),
  }
}

/** Path and query of a call, relative to this page's origin. */
export function addressOf(route: Pick<Route, 'path'>, { params, query }: Pick<RequestOptions, 'params' | 'query'>) {
  const search = new URLSearchParams(textEntries(query)).toString()
  return fillPath(route, Object.fromEntries(textEntries(params))) + (search === '' ? '' : `?${search}`)
}

const textEntries = (part: unknown): [string, string][] =>
  Object.entries(part ?? {}).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]))

const headersOf = ({ body, file, headers }: RequestOptions, organization: string | undefined) => ({
  accept: 'application/json',
  ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  // What a computer makes of a file's ending may be wrong; the server goes by the bytes.
  ...(file === undefined ? {} : { 'content-type': 'application/octet-stream' }),
  ...(organization === undefined ? {} : { 'x-organization': organization }),
  ...Object.fromEntries(textEntries(headers)),
})

function parseAnswer<Definition extends Route>(route: Definition, status: number, text: string) {
  const schema = route.responses[status]?.schema
  const parsed = schema?.safeParse(parseJson(text))
  if (parsed?.success) return parsed.data as AnswerOf<Definition>
  const issue = parsed?.error.issues[0]
  const place = issue ? ` at ${issue.path.join('.') || 'its root'}: ${issue.message}` : ''
  throw new ApiError({
    status,
    code: 'web.unexpected_answer',
    detail: `The answer of ${route.id} is not what this page expects${place}`,
    hint: 'The page and the server may be of different versions. Reload the page.',
  })
}
