import { routes, type RunStatus } from '@neonhub/contract'
import { asId, type RunId } from '../../../../../../base/ids.ts'
import { eventStream } from '../../../../../event-stream.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'

const pageSize = 200
/** A reader comes back after this long, and shows again who it is. */
const longestStreamMs = 10 * 60_000

const final = new Set<RunStatus>(['succeeded', 'failed', 'cancelled', 'needs_attention'])

export const streamRunEvents = implement(routes.streamRunEvents)(async (call) => {
  const { parts, params, query, headers, requestId, inTenant } = call
  const { clock, services, logger, eventPollMs = 400, heartbeatMs = 15_000 } = parts
  const runId: RunId = asId(params.id)
  const read = (after: number) => inTenant((tx) => services.listRunEvents(tx, { runId, after, limit: pageSize }))
  let after = headers['last-event-id'] ?? query.after ?? 0
  let page = orNotFound(await read(after), 'run')
  const endsAt = clock.now().getTime() + longestStreamMs

  return eventStream(
    {
      clock,
      signal: call.signal,
      heartbeatMs,
      onFailure: (error) => logger.error({ err: error, requestId }, 'An event stream was cut'),
    },
    async (send, signal) => {
      while (clock.now().getTime() < endsAt) {
        for (const event of page.events) {
          await send(event)
          after = event.id
          if (event.type === 'end') return
        }
        const hasMore = page.events.length === pageSize
        if (!hasMore && final.has(page.status)) {
          return send({ id: after, type: 'end', data: { runId, status: page.status } })
        }
        // No transaction is open meanwhile.
        if (!hasMore) await clock.sleep(eventPollMs, signal)
        page = orNotFound(await read(after), 'run')
        // A member who was removed, or a key that was revoked, reads nothing that came later.
        if (page.events.length > 0) await call.assertStillAllowed()
      }
    },
  )
})
