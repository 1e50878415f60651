import { routes } from '@neonhub/contract'
import { implement } from '../../implement.ts'

export const getReadiness = implement(routes.getReadiness)(async ({ parts }) =>
  (await parts.services.isReady())
    ? { status: 200, body: { status: 'ok' } }
    : { status: 503, body: { status: 'unavailable' } },
)
