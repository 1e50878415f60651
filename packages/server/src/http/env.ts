import type { Context } from 'hono'
import { z } from 'zod'
import type { Caller } from '../identity/index.ts'

/** What the pipeline's stages tell each other of a request. */
export interface HttpEnv {
  readonly Variables: {
    requestId: string
    /** The route's template, for labels: `/v1/runs/{id}`. Never the path itself. */
    route: string
    /** Undefined on public routes. */
    caller: Caller | undefined
  }
}

export type HttpContext = Context<HttpEnv>

const NodeBindings = z.object({ incoming: z.object({ socket: z.object({ remoteAddress: z.string() }) }) })

/** The address at the other end of the connection: a proxy's where one stands in front. */
export function clientAddressOf(context: HttpContext): string {
  const bindings = NodeBindings.safeParse(context.env)
  return bindings.success ? bindings.data.incoming.socket.remoteAddress : 'unknown'
}
