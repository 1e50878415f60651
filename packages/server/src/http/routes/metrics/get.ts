import { routes } from '@neonhub/contract'
import { implement } from '../../implement.ts'

export const getMetrics = implement(routes.getMetrics)(async ({ parts }) => {
  const { registry } = parts.metrics
  return new Response(await registry.metrics(), { headers: { 'content-type': registry.contentType } })
})
