import { type AnswerOf, fillPath, type InputOf, Problem, type Route } from '@neonhub/contract'
import { createParser } from 'eventsource-parser'
import { NeonHubError } from '../base/errors.ts'

/** Sends a request to the API, over the network or within this process. */
export type SendRequest = (path: string, init: RequestInit) => Promise<Response>

export interface ClientRequest<Definition extends Route> {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string | number | undefined>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: InputOf<Definition, 'body'>
  /** The file of a route that takes one in the place of a body. */
  readonly bytes?: Uint8Array<ArrayBuffer>
  readonly signal?: AbortSignal
}

export interface ServerEvent {
  readonly id: string | undefined
  readonly type: string
  readonly data: unknown
}

/** The API as the commands use it: one door for a server elsewhere, one on this machine, and this process itself. */
export interface ApiClient {
  /** Calls a route and returns its answer. Throws the problem that the server told as a `NeonHubError`. */
  readonly call: <Definition extends Route>(
    route: Definition,
    request?: ClientRequest<Definition>,
  ) => Promise<AnswerOf<Definition>>
  /** Calls a route that answers with server-sent events. */
  readonly stream: <Definition extends Route>(
    route: Definition,
    request?: ClientRequest<Definition>,
  ) => AsyncGenerator<ServerEvent>
  /** Calls a route that answers with a file. */
  readonly download: (route: Route, request: ClientRequest<Route>) => Promise<Uint8Array>
  readonly close: () => Promise<void>
}

/** Makes a client that sends every request with a bearer token, and with the organization that it acts in. */
export function createClient({
  send,
  token,
  organization,
  close,
}: {
  readonly send: SendRequest
  readonly token: string
  /** Its id or slug; undefined where the token can mean but one. */
  readonly organization: string | undefined
  readonly close: () => Promise<void>
}): ApiClient {
  const request = async (route: Route, options: ClientRequest<Route> = {}): Promise<Response> => {
    const query = new URLSearchParams()
    for (const [name, value] of Object.entries(options.query ?? {})) {
      if (value !== undefined) query.set(name, String(value))
    }
    const path = fillPath(route, options.params) + (query.size > 0 ? `?${query}` : '')
    const hasBody = route.request.body !== undefined
    const response = await send(path, {
      method: route.method.toUpperCase(),
      headers: {
        authorization: `Bearer ${token}`,
        ...(organization === undefined ? {} : { 'x-organization': organization }),
        ...(hasBody ? { 'content-type': 'application/json' } : {}),
        ...options.headers,
      },
      ...(hasBody ? { body: JSON.stringify(options.body ?? {}) } : {}),
      ...(options.bytes === undefined ? {} : { body: options.bytes }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }
  return {
    call: async (route, options) => {
      const response = await request(route, options as ClientRequest<Route>)
      const text = await response.text()
      // The server checks its answers against the contract in its tests; a client of the same version trusts them.
      return readAnswer(response, text) as AnswerOf<typeof route>
    },
    stream: async function* (route, options) {
      const response = await request(route, options as ClientRequest<Route>)
      yield* readEvents(response)
    },
    download: async (route, options) => new Uint8Array(await (await request(route, options)).arrayBuffer()),
    close,
  }
}

const kinds: Readonly<Record<number, NeonHubError['kind']>> = {
  400: 'invalid',
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'too_large',
  415: 'invalid',
  429: 'rate_limited',
  502: 'refused',
  503: 'unavailable',
}

async function problemOf(response: Response): Promise<NeonHubError> {
  const text = await response.text()
  const problem = Problem.safeParse(readAnswer(response, text))
  return problem.success ? errorOfProblem(problem.data) : unreadable(response, text)
}

/** The JSON of an answer. Throws `cli.answer_unreadable` where something else than NeonHub answered. */
function readAnswer(response: Response, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw unreadable(response, text, error)
  }
}

function unreadable({ status }: Response, text: string, cause?: unknown): NeonHubError {
  const [line = ''] = text.trim().split('\n', 1)
  return new NeonHubError('cli.answer_unreadable', `What answered is no NeonHub (${status}): ${line.slice(0, 100)}`, {
    kind: 'unavailable',
    hint: 'Check that NEONHUB_URL is the address of a NeonHub server, without a path.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** The error that a server told as problem details. */
export function errorOfProblem(value: unknown): NeonHubError {
  const problem = Problem.parse(value)
  return new NeonHubError(problem.code, problem.detail, {
    kind: kinds[problem.status] ?? 'internal',
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    ...(problem.issues === undefined ? {} : { issues: problem.issues }),
  })
}

async function* readEvents(response: Response): AsyncGenerator<ServerEvent> {
  const events: ServerEvent[] = []
  const parser = createParser({
    onEvent: ({ id, event, data }) => events.push({ id, type: event ?? 'message', data: JSON.parse(data) }),
  })
  const decoder = new TextDecoder()
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }))
    yield* events.splice(0)
  }
}
