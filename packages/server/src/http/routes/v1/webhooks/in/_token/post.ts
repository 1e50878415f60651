import { routes } from '@neonhub/contract'
import { implement } from '../../../../../implement.ts'

/** Answers once the event is kept and before it is worked: providers wait for three to five seconds. */
export const receiveWebhook = implement(routes.receiveWebhook)(async ({ parts, params, headers, readBytes }) => {
  const request = { headers, body: await readBytes() }
  const received = await parts.services.receiveWebhook({ token: params.token, request })
  return { status: 200, body: received.kind === 'challenge' ? received.answer : { received: received.kind } }
})
