import { routes } from '@neonhub/contract'
import { implement } from '../../implement.ts'
import { createOpenApi } from '../../openapi.ts'

export const getOpenApi = implement(routes.getOpenApi)(async ({ parts }) => ({
  status: 200,
  body: createOpenApi(parts.publicUrl),
}))
