import type { Route } from '@neonhub/contract'
import { type TenantTx, withTenant } from '../db/index.ts'
import { appendAudit } from '../identity/index.ts'
import type { HttpContext } from './env.ts'
import type { AuditedEvent, ImplementedRoute, RawCall } from './implement.ts'
import { organizationOf } from './organization-of.ts'
import type { HttpParts } from './parts.ts'
import { readBody } from './read-body.ts'
import { readBytes } from './read-bytes.ts'
import { refuseUnstorable } from './refuse-unstorable.ts'
import { maxBodyBytes } from './middleware/body-limit/limit-body.ts'
import { signInRequired } from './middleware/authenticate/authenticate.ts'
import { assertAllowed } from './middleware/permission/require-permission.ts'
import { takeRate } from './middleware/rate-limit/take-rate.ts'

/** The end of the pipeline: hands the request to its route's handler and sends what that answers. */
export function handleRoute(parts: HttpParts, { route, run }: ImplementedRoute) {
  return async (context: HttpContext): Promise<Response> => {
    const answer = await run(rawCallOf(context, { parts, route }))
    if (answer instanceof Response) {
      for (const [name, value] of context.res.headers) answer.headers.set(name, value)
      return answer
    }
    if (parts.checksAnswers) assertDeclared(route, answer)
    return new Response(JSON.stringify(answer.body), {
      status: answer.status,
      headers: {
        ...Object.fromEntries(context.res.headers),
        'content-type': 'application/json',
        'cache-control': 'no-store',
      },
    })
  }
}

function rawCallOf(
  context: HttpContext,
  { parts, route }: { readonly parts: HttpParts; readonly route: Route },
): RawCall {
  const caller = context.get('caller')
  const params = context.req.param()
  const queries = context.req.queries()
  refuseUnstorable('path', params)
  refuseUnstorable('query', queries)
  return {
    parts,
    caller,
    params,
    query: Object.fromEntries(
      Object.entries(queries).map(([name, values]) => [name, values.length === 1 ? (values[0] ?? '') : values]),
    ),
    headers: context.req.header(),
    readBody: () => readBody(context),
    readBytes: () => readBytes(context, route.request.bytes?.maxBytes ?? maxBodyBytes),
    signal: context.req.raw.signal,
    requestId: context.get('requestId'),
    takeRate: (name, key) => takeRate(context, parts.limits, { name, key }),
    organization: () => requireOrganization(caller),
    assertStillAllowed: async () => {
      const now = await parts.identity.resolveCaller(context.req.raw.headers)
      if (now?.organization?.id === caller?.organization?.id && now) return assertAllowed(route.permission, now)
      throw signInRequired()
    },
    inTenant: (work) => withTenant(parts.database, requireOrganization(caller).id, work),
    writeAudit: (tx: TenantTx, action: string, event: AuditedEvent) =>
      appendAudit(tx, { actor: caller?.name ?? 'system', action, ...event }),
  }
}

function requireOrganization(caller: RawCall['caller']) {
  if (caller) return organizationOf(caller)
  throw new TypeError('a public route has no organization')
}

/** Throws where an answer is not what the contract says: a defect of the handler, shown while it is developed. */
function assertDeclared(route: Route, { status, body }: { readonly status: number; readonly body: unknown }): void {
  const declared = route.responses[status]
  if (!declared?.schema) throw new TypeError(`${route.id} does not declare an answer ${status} with a body`)
  // As the reader gets it: JSON has dropped what is undefined.
  const result = declared.schema.safeParse(JSON.parse(JSON.stringify(body)))
  if (!result.success) throw new TypeError(`${route.id} answers off its contract: ${result.error.message}`)
}
