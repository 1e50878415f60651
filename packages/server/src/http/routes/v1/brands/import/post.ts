import { routes } from '@neonhub/contract'
import { eventStream, type StreamEvent } from '../../../../event-stream.ts'
import { implement } from '../../../../implement.ts'
import { toProblem } from '../../../../problem.ts'

export const importBrand = implement(routes.importBrand)(async (call) => {
  const { parts, body, requestId, inTenant, audit } = call
  const { clock, services, logger, heartbeatMs = 15_000 } = parts
  const organizationId = call.organization().id
  const onFailure = (error: unknown) => logger.error({ err: error, requestId }, 'An import failed')

  return eventStream({ clock, signal: call.signal, heartbeatMs, onFailure }, async (send) => {
    // An import whose watcher leaves goes on: half of a brand would be of no use.
    const tell = (event: StreamEvent) => send(event).catch(() => undefined)
    try {
      const result = await services.importBrand(organizationId, body, (progress) => {
        void tell({ type: 'progress', data: progress })
      })
      const { brand, added, changed, removed } = result
      await inTenant((tx) =>
        audit(tx, { subject: `brand:${brand.id}`, detail: { source: body.source, added, changed, removed } }),
      )
      await tell({ type: 'result', data: result })
    } catch (error) {
      const problem = toProblem(error, requestId)
      if (problem.status >= 500) onFailure(error)
      await tell({ type: 'problem', data: problem })
    }
  })
})
