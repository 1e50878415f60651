import type { z } from 'zod'
import type { Access } from './identity.ts'

/** What one status of a route answers. Without a schema the body is empty or, with a `contentType`, plain text. */
export interface RouteResponse {
  readonly description: string
  readonly schema?: z.ZodType
  /** `application/json` where absent. For `text/event-stream` the schema is that of one event. */
  readonly contentType?: string
}

/** What a route reads. Unknown properties of `body` and `query` are refused; header names are in lower case. */
export interface RouteRequest {
  readonly params?: z.ZodType
  readonly query?: z.ZodType
  readonly headers?: z.ZodType
  readonly body?: z.ZodType
  /** A file in the place of a JSON body. It is read only once it is known who sends it, and that they may. */
  readonly bytes?: {
    readonly mediaTypes: readonly string[]
    readonly maxBytes: number
  }
}

/** One operation of the API. Every error answers with problem details (RFC 9457) and is not listed here. */
export interface Route {
  /** Names the operation in the OpenAPI document: `startRun`. */
  readonly id: string
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  /** With parameters in braces: `/v1/runs/{id}`. */
  readonly path: `/${string}`
  readonly tag: string
  readonly summary: string
  readonly request: RouteRequest
  /** The answers of success, by status. */
  readonly responses: Readonly<Record<number, RouteResponse>>
  /** Who may call it. There is no default: forgetting it does not compile. */
  readonly permission: Access
  /** The event that a call leaves in the audit log, or null where it leaves none. There is no default either. */
  readonly audit: string | null
}

/** Declares a route and keeps its exact types. */
export function defineRoute<const Definition extends Route>(route: Definition): Definition {
  return route
}

type RequestPart<Definition extends Route, Part extends keyof RouteRequest> = Definition['request'] extends {
  readonly [Key in Part]: infer Schema extends z.ZodType
}
  ? Schema
  : undefined

/** What a caller sends as a part of the request (`'body'`, `'query'`, …); undefined where the route has none. */
export type InputOf<Definition extends Route, Part extends keyof RouteRequest> =
  RequestPart<Definition, Part> extends z.ZodType ? z.input<RequestPart<Definition, Part>> : undefined

/** What a handler reads of a part of the request, parsed; undefined where the route has none. */
export type OutputOf<Definition extends Route, Part extends keyof RouteRequest> =
  RequestPart<Definition, Part> extends z.ZodType ? z.output<RequestPart<Definition, Part>> : undefined

/** What a route answers with a status; undefined where it answers without a body. */
export type AnswerOf<
  Definition extends Route,
  Status extends keyof Definition['responses'] = keyof Definition['responses'],
> = Definition['responses'][Status] extends { readonly schema: infer Schema extends z.ZodType }
  ? z.output<Schema>
  : undefined

/** The path of a route with its parameters filled in and encoded. Throws where a parameter is missing. */
export function fillPath(route: Pick<Route, 'path'>, params: Readonly<Record<string, string>> = {}): string {
  return route.path.replaceAll(/\{(\w+)\}/g, (_match, name: string) => {
    const value = params[name]
    if (value === undefined) throw new TypeError(`${route.path} needs the parameter ${name}`)
    return encodeURIComponent(value)
  })
}
