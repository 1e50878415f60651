import { createMiddleware } from 'hono/factory'
import { newId } from '../../../base/ids.ts'
import type { HttpEnv } from '../../env.ts'

/** Names the request, in the header `x-request-id` of its answer and in the log. A name from outside is not taken over. */
export const requestId = createMiddleware<HttpEnv>(async (context, next) => {
  const id = newId<'request'>()
  context.set('requestId', id)
  await next()
  context.res.headers.set('x-request-id', id)
})
