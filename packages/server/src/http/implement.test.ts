import { defineRoute, routes } from '@neonhub/contract'
import { expect, test } from 'vitest'
import { implement } from './implement.ts'

const declared = {
  id: 'x',
  method: 'get',
  path: '/v1/x',
  tag: 'x',
  summary: 'x',
  request: {},
  responses: { 200: { description: 'x' } },
} as const

// Each of these is checked by `tsc`: where the misuse compiled, the expectation of an error would be one itself.
test('what a route has to declare, and what its handler may do, is kept by types', () => {
  expect(defineRoute({ ...declared, permission: 'runs:read', audit: null }).audit).toBeNull()
  // @ts-expect-error A route without its permission.
  defineRoute({ ...declared, audit: null })
  // @ts-expect-error A route that does not say whether it leaves an audit event.
  defineRoute({ ...declared, permission: 'runs:read' })
  // @ts-expect-error A permission that does not exist.
  defineRoute({ ...declared, permission: 'runs:everything', audit: null })

  implement(routes.getHealth)(async ({ caller }) => {
    // @ts-expect-error Nobody has signed in on a public route.
    void caller.name
    return { status: 200, body: { status: 'ok' } }
  })
  implement(routes.getMe)(async ({ audit, inTenant }) => {
    // @ts-expect-error The route declares no audit event.
    await inTenant((tx) => audit(tx, { subject: 'x' }))
    throw new Error('never called')
  })
  // @ts-expect-error An answer that the contract does not declare.
  implement(routes.getHealth)(async () => ({ status: 201, body: { status: 'ok' } }))
  // @ts-expect-error A body that the contract does not declare.
  implement(routes.getHealth)(async () => ({ status: 200, body: { status: 'fine' } }))
})
