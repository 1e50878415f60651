import { routes } from '@neonhub/contract'
import { implement } from '../../implement.ts'

export const getHealth = implement(routes.getHealth)(async () => ({ status: 200, body: { status: 'ok' } }))
