import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Id, Moment } from './values.ts'

export const BrandEmbeddings = z.object({
  id: Id,
  slug: z.string(),
  name: z.string(),
  passages: z.number().int(),
  /** `provider:model` whose vectors search compares with; absent before the first import. */
  model: z.string().optional(),
  /** There while the brand is on its way to another model. Search stays with the old vectors until it is there. */
  change: z
    .object({
      /** `provider:model`. */
      to: z.string(),
      /** Passages that have their new vector. */
      embedded: z.number().int(),
      /** `waiting` for a worker; `cleaning up` once search has gone over. A failed attempt is made again by itself. */
      status: z.enum(['waiting', 'embedding', 'failed', 'cleaning up']),
      /** Why the last attempt failed. */
      error: z.object({ code: z.string(), message: z.string(), hint: z.string().optional() }).optional(),
      startedAt: Moment,
    })
    .optional(),
})
export type BrandEmbeddings = z.output<typeof BrandEmbeddings>

export const Embeddings = z.object({
  /** `provider:model` of the installation: what imports into new brands and changes go to. */
  model: z.string(),
  brands: z.array(BrandEmbeddings),
})
export type Embeddings = z.output<typeof Embeddings>

export const listEmbeddings = defineRoute({
  id: 'listEmbeddings',
  method: 'get',
  path: '/v1/embeddings',
  tag: 'brands',
  summary: 'Which model embedded each brand, and how far a change to another is',
  request: {},
  responses: { 200: { description: 'The brands by name', schema: Embeddings } },
  permission: 'brands:read',
  audit: null,
})

export const reembedBrands = defineRoute({
  id: 'reembedBrands',
  method: 'post',
  path: '/v1/embeddings',
  tag: 'brands',
  summary:
    'Sends every brand to the installation’s embedding model, in the background, and takes a failed one on at once',
  request: {},
  responses: { 202: { description: 'The brands by name, as they are now', schema: Embeddings } },
  permission: 'brands:write',
  audit: 'embeddings.changed',
})
