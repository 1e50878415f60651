import { z } from 'zod'
import { defineRoute } from './route.ts'
import { JsonObject } from './values.ts'

export const Health = z.object({ status: z.enum(['ok', 'unavailable']) })

export const getHealth = defineRoute({
  id: 'getHealth',
  method: 'get',
  path: '/healthz',
  tag: 'service',
  summary: 'Says that the process lives',
  request: {},
  responses: { 200: { description: 'It lives', schema: Health } },
  permission: 'public',
  audit: null,
})

export const getReadiness = defineRoute({
  id: 'getReadiness',
  method: 'get',
  path: '/readyz',
  tag: 'service',
  summary: 'Says whether the process can serve: its database and queue answer',
  request: {},
  responses: {
    200: { description: 'It can', schema: Health },
    503: { description: 'It cannot', schema: Health },
  },
  permission: 'public',
  audit: null,
})

export const getMetrics = defineRoute({
  id: 'getMetrics',
  method: 'get',
  path: '/metrics',
  tag: 'service',
  summary: 'Metrics in the text format of Prometheus',
  request: {},
  responses: { 200: { description: 'The metrics', contentType: 'text/plain' } },
  permission: 'public',
  audit: null,
})

export const getOpenApi = defineRoute({
  id: 'getOpenApi',
  method: 'get',
  path: '/openapi.json',
  tag: 'service',
  summary: 'This description',
  request: {},
  responses: { 200: { description: 'An OpenAPI 3.1 document', schema: JsonObject } },
  permission: 'public',
  audit: null,
})

const UnsubscribeParams = z.strictObject({ token: z.string().min(1).max(2048) })

export const showUnsubscribe = defineRoute({
  id: 'showUnsubscribe',
  method: 'get',
  path: '/unsubscribe/{token}',
  tag: 'service',
  summary: 'The page behind the link in a mail: asks once more, because link scanners follow links too',
  request: { params: UnsubscribeParams },
  responses: { 200: { description: 'A page with one button', contentType: 'text/html' } },
  permission: 'public',
  audit: null,
})

export const unsubscribe = defineRoute({
  id: 'unsubscribe',
  method: 'post',
  path: '/unsubscribe/{token}',
  tag: 'service',
  summary: 'Stops mail to the address that the token names (RFC 8058, one click)',
  request: { params: UnsubscribeParams },
  responses: { 200: { description: 'It is stopped', contentType: 'text/html' } },
  permission: 'public',
  audit: 'person.unsubscribed',
})
