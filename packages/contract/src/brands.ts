import { z } from 'zod'
import { ImportedPeople } from './people.ts'
import { Problem } from './problem.ts'
import { defineRoute } from './route.ts'
import { Id, Moment, Slug } from './values.ts'

export const Brand = z.object({
  id: Id,
  slug: z.string(),
  name: z.string(),
  description: z.string(),
  website: z.string().optional(),
  /** BCP 47: `en`. */
  language: z.string(),
  audience: z.string(),
  timeZone: z.string(),
  documents: z.number().int(),
  chunks: z.number().int(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type Brand = z.output<typeof Brand>

export const BrandVoice = z.object({
  version: z.number().int(),
  name: z.string(),
  summary: z.string(),
  rules: z.array(z.string()),
  avoid: z.array(z.string()),
  examples: z.array(z.string()),
})
export type BrandVoice = z.output<typeof BrandVoice>

export const BrandDetail = Brand.extend({
  /** The newest version; absent where the brand has none. */
  voice: BrandVoice.optional(),
  personas: z.array(
    z.object({
      name: z.string(),
      role: z.string(),
      goals: z.array(z.string()),
      pains: z.array(z.string()),
      channels: z.array(z.string()),
      keywords: z.array(z.string()),
    }),
  ),
  keywords: z.array(
    z.object({
      term: z.string(),
      intent: z.string().optional(),
      /** Searches a month. */
      volume: z.number().int().optional(),
      /** 0 (easy) to 100 (hard). */
      difficulty: z.number().int().optional(),
      persona: z.string().optional(),
    }),
  ),
  datasets: z.array(
    z.object({
      id: Id,
      kind: z.enum(['folder', 'site', 'upload']),
      source: z.string(),
      documents: z.number().int(),
      importedAt: Moment.optional(),
    }),
  ),
})
export type BrandDetail = z.output<typeof BrandDetail>

export const ImportBrand = z.strictObject({
  /** An absolute path of a folder on the server's machine, or the address of a sitemap or feed. */
  source: z.string().min(1).max(4096),
  /** Made from `brand.yaml` or the source where absent. */
  slug: Slug.optional(),
})

export const ImportProgress = z.object({
  stage: z.string(),
  done: z.number().int(),
  /** Absent while it is not known. */
  total: z.number().int().optional(),
  /** What is being worked on: a path or an address. */
  item: z.string().optional(),
})
export type ImportProgress = z.output<typeof ImportProgress>

export const ImportResult = z.object({
  brand: z.object({ id: Id, slug: z.string(), name: z.string() }),
  added: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
  unchanged: z.number().int(),
  /** What was left out, and why. */
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
  chunks: z.number().int(),
  durationMs: z.number().int(),
  /** What came of `people.csv`; absent where the folder has none. */
  people: ImportedPeople.optional(),
})
export type ImportResult = z.output<typeof ImportResult>

/** One server-sent event of an import. The last one is `result`, or `problem` where it failed. */
export const ImportEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('progress'), data: ImportProgress }),
  z.object({ type: z.literal('result'), data: ImportResult }),
  z.object({ type: z.literal('problem'), data: Problem }),
])
export type ImportEvent = z.output<typeof ImportEvent>

export const listBrands = defineRoute({
  id: 'listBrands',
  method: 'get',
  path: '/v1/brands',
  tag: 'brands',
  summary: 'The brands of the organization, by name',
  request: {},
  responses: { 200: { description: 'The brands', schema: z.object({ brands: z.array(Brand) }) } },
  permission: 'brands:read',
  audit: null,
})

export const getBrand = defineRoute({
  id: 'getBrand',
  method: 'get',
  path: '/v1/brands/{slug}',
  tag: 'brands',
  summary: 'A brand with its voice, personas, keywords and sources',
  request: { params: z.strictObject({ slug: z.string().min(1).max(64) }) },
  responses: { 200: { description: 'The brand', schema: BrandDetail } },
  permission: 'brands:read',
  audit: null,
})

export const importBrand = defineRoute({
  id: 'importBrand',
  method: 'post',
  path: '/v1/brands/import',
  tag: 'brands',
  summary: 'Imports a folder of this machine, or a site, into a brand; tells its progress as server-sent events',
  request: { body: ImportBrand },
  responses: {
    200: {
      description: 'Progress, then the result',
      contentType: 'text/event-stream',
      schema: ImportEvent,
    },
  },
  // It reads the server's own files.
  permission: 'operator',
  audit: 'brand.imported',
})
