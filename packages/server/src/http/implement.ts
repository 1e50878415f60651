import type { OutputOf, Route } from '@neonhub/contract'
import { z } from 'zod'
import type { JsonObject } from '../base/json.ts'
import { parseOrThrow } from '../base/parse.ts'
import type { TenantTx } from '../db/index.ts'
import type { Caller, Membership } from '../identity/index.ts'
import type { HttpParts } from './parts.ts'
import type { RateLimitName } from './rate-limits.ts'
import type { ReadOnly } from './read-only.ts'

/** A request as the pipeline hands it over, before its parts are checked against the contract. */
export interface RawCall {
  readonly parts: HttpParts
  readonly caller: Caller | undefined
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string | readonly string[]>>
  readonly headers: Readonly<Record<string, string>>
  readonly readBody: () => Promise<unknown>
  /** The body as it came, of whatever media type: what a signature is over, or a file. Throws `http.body_too_large`. */
  readonly readBytes: () => Promise<Uint8Array>
  readonly signal: AbortSignal
  readonly requestId: string
  /** Counts against a limit; throws `http.rate_limited` where it is reached. */
  readonly takeRate: (name: RateLimitName, key: string) => Promise<void>
  /** The organization that the caller acts in. Throws `identity.organization_required` where none is chosen. */
  readonly organization: () => Membership
  /**
   * Asks anew who the caller is and whether they may still call the route in this organization; throws like the pipeline
   * where not. For what goes on answering for long: before anything is sent that came later.
   */
  readonly assertStillAllowed: () => Promise<void>
  /** Runs `work` in a transaction inside the caller's organization. */
  readonly inTenant: <Result>(work: (tx: TenantTx) => Promise<Result>) => Promise<Result>
  /** Writes the route's event into the audit log of the transaction's organization, in the caller's name. */
  readonly writeAudit: (tx: TenantTx, action: string, event: AuditedEvent) => Promise<void>
}

/** What an audit entry tells besides who did what. */
export interface AuditedEvent {
  readonly subject: string
  readonly detail?: JsonObject
}

/** What a handler works with: the checked request, and no more than its route declares. */
export interface RouteCall<Definition extends Route> extends Pick<
  RawCall,
  'parts' | 'signal' | 'requestId' | 'takeRate' | 'organization' | 'assertStillAllowed' | 'inTenant' | 'readBytes'
> {
  readonly caller: Definition['permission'] extends 'public' ? undefined : Caller
  readonly params: OutputOf<Definition, 'params'>
  readonly query: OutputOf<Definition, 'query'>
  readonly headers: OutputOf<Definition, 'headers'>
  readonly body: OutputOf<Definition, 'body'>
  /** Leaves the event that the route declares. There is none to call where it declares null. */
  readonly audit: Definition['audit'] extends string ? (tx: TenantTx, event: AuditedEvent) => Promise<void> : undefined
}

/** A status with its body, or a whole response where the route answers with something else than JSON. */
export type RouteAnswer<Definition extends Route> = {
  [Status in keyof Definition['responses']]: Definition['responses'][Status] extends { readonly contentType: string }
    ? Response
    : Definition['responses'][Status] extends { readonly schema: infer Schema extends z.ZodType }
      ? { readonly status: Status; readonly body: ReadOnly<z.input<Schema>> }
      : never
}[keyof Definition['responses']]

export interface ImplementedRoute {
  readonly route: Route
  readonly run: (raw: RawCall) => Promise<Response | { readonly status: number; readonly body: unknown }>
}

const nothing = z.strictObject({})

/**
 * Binds a handler to a route of the contract: it is called with what the contract says, or not at all. In two calls, so
 * that the route is known when the types of the handler's answer are looked at.
 */
export function implement<const Definition extends Route>(route: Definition) {
  return (handle: (call: RouteCall<Definition>) => Promise<RouteAnswer<Definition>>): ImplementedRoute => ({
    route,
    run: async (raw) => {
      const action = route.audit
      const call = {
        ...raw,
        ...(await parseRequest(route, raw)),
        audit: action === null ? undefined : (tx: TenantTx, event: AuditedEvent) => raw.writeAudit(tx, action, event),
      }
      // What was parsed has these types; TypeScript cannot follow a schema through a generic route.
      return (await handle(call as unknown as RouteCall<Definition>)) as Response | { status: number; body: unknown }
    },
  })
}

/** Checks the request's parts, the cheap ones first. Throws `http.request_invalid` with each wrong place. */
async function parseRequest({ request }: Route, raw: RawCall) {
  const parse = (schema: z.ZodType | undefined, place: string, value: unknown) =>
    schema && parseOrThrow(z.object({ [place]: schema }), { [place]: value }, options)[place]
  const params = parse(request.params, 'path', raw.params)
  const query = parse(request.query ?? nothing, 'query', raw.query)
  const headers = parse(request.headers, 'headers', raw.headers)
  const body = request.body && parse(request.body, 'body', await raw.readBody())
  return { params, query, headers, body }
}

const options = {
  code: 'http.request_invalid',
  what: 'The request',
  hint: 'GET /docs shows what each operation takes.',
}
