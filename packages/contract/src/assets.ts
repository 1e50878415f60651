import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Day, Id, Moment, Page } from './values.ts'

/** The largest file that is taken: 8 MiB. */
export const maxAssetBytes = 8 * 1024 * 1024

export const AssetKind = z.enum(['logo', 'image', 'font', 'video', 'guideline', 'other'])
export type AssetKind = z.output<typeof AssetKind>

export const AssetMediaType = z.enum([
  'image/png',
  'image/jpeg',
  'image/webp',
  'image/gif',
  'image/svg+xml',
  'application/pdf',
  'font/woff2',
  'font/ttf',
  'font/otf',
  'video/mp4',
])

/** One version of a file of a brand. */
export const BrandAsset = z.object({
  id: Id,
  /** Slug of the brand. */
  brand: z.string(),
  name: z.string(),
  version: z.number().int(),
  /** Whether it is the newest of its name. */
  isCurrent: z.boolean(),
  /** How many versions of the name there are. */
  versions: z.number().int(),
  kind: AssetKind,
  /** What an image shows, for whoever does not see it. */
  alternativeText: z.string(),
  /** Where it comes from and what may be done with it. */
  licenseNote: z.string(),
  /** The last day on which it may be used; absent: for good. */
  rightsUntil: Day.optional(),
  /** Whether that day is over in the brand's time zone. */
  rightsExpired: z.boolean(),
  /** As the bytes show it. */
  mediaType: AssetMediaType,
  byteSize: z.number().int(),
  /** Of the bytes, in hex. */
  sha256: z.string(),
  /** `user:ID`, `api_key:ID` or `cli`. */
  createdBy: z.string(),
  createdAt: Moment,
  updatedAt: Moment,
})
export type BrandAsset = z.output<typeof BrandAsset>

const AssetName = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(200)
  // oxlint-disable-next-line no-control-regex -- what no name of a file has
  .regex(/^[^/\\\u0000-\u001f\u007f]+$/, 'must be the name of a file, without slashes')

const AlternativeText = z.string().trim().max(1_000)
const LicenseNote = z.string().trim().max(2_000)

/** What is absent stays. */
export const ChangeBrandAsset = z.strictObject({
  kind: AssetKind.optional(),
  alternativeText: AlternativeText.optional(),
  licenseNote: LicenseNote.optional(),
  /** Null: for good. */
  rightsUntil: Day.nullable().optional(),
})
export type ChangeBrandAsset = z.output<typeof ChangeBrandAsset>

const BrandParams = z.strictObject({ slug: z.string().min(1).max(64) })
const AssetParams = BrandParams.extend({ id: Id })

export const listBrandAssets = defineRoute({
  id: 'listBrandAssets',
  method: 'get',
  path: '/v1/brands/{slug}/assets',
  tag: 'brands',
  summary: 'The files of a brand, newest first',
  request: {
    params: BrandParams,
    query: Page.extend({
      kind: AssetKind.optional(),
      name: z.string().min(1).max(200).optional(),
      /** `current`: the newest version of each name. */
      versions: z.enum(['current', 'all']).default('current'),
    }),
  },
  responses: {
    200: {
      description: 'A page of them',
      schema: z.object({ assets: z.array(BrandAsset), nextBefore: Id.optional() }),
    },
  },
  permission: 'brands:read',
  audit: null,
})

export const addBrandAsset = defineRoute({
  id: 'addBrandAsset',
  method: 'post',
  path: '/v1/brands/{slug}/assets',
  tag: 'brands',
  summary: 'Keeps a file of a brand; where there is one of that name, as its new version',
  request: {
    params: BrandParams,
    query: z.strictObject({
      name: AssetName,
      /** Told by the file where absent. What is absent of the rest stays as the version before has it. */
      kind: AssetKind.optional(),
      alternativeText: AlternativeText.optional(),
      licenseNote: LicenseNote.optional(),
      rightsUntil: Day.optional(),
    }),
    headers: z.object({ 'content-type': z.string().default('') }),
    bytes: { mediaTypes: AssetMediaType.options, maxBytes: maxAssetBytes },
  },
  responses: {
    201: { description: 'The new file or version', schema: BrandAsset },
    200: { description: 'The newest version, which has these very bytes already', schema: BrandAsset },
  },
  permission: 'brands:write',
  audit: 'brand_asset.added',
})

export const getBrandAsset = defineRoute({
  id: 'getBrandAsset',
  method: 'get',
  path: '/v1/brands/{slug}/assets/{id}',
  tag: 'brands',
  summary: 'A version of a file of a brand',
  request: { params: AssetParams },
  responses: { 200: { description: 'The version', schema: BrandAsset } },
  permission: 'brands:read',
  audit: null,
})

export const getBrandAssetContent = defineRoute({
  id: 'getBrandAssetContent',
  method: 'get',
  path: '/v1/brands/{slug}/assets/{id}/content',
  tag: 'brands',
  summary: 'The bytes of a version of a file; its SHA-256 is the ETag',
  request: { params: AssetParams, headers: z.object({ 'if-none-match': z.string().optional() }) },
  responses: { 200: { description: 'The bytes, under their own media type', contentType: 'application/octet-stream' } },
  permission: 'brands:read',
  audit: null,
})

export const changeBrandAsset = defineRoute({
  id: 'changeBrandAsset',
  method: 'patch',
  path: '/v1/brands/{slug}/assets/{id}',
  tag: 'brands',
  summary: 'Changes what is said of a version of a file',
  request: { params: AssetParams, body: ChangeBrandAsset },
  responses: { 200: { description: 'The version', schema: BrandAsset } },
  permission: 'brands:write',
  audit: 'brand_asset.changed',
})

export const removeBrandAsset = defineRoute({
  id: 'removeBrandAsset',
  method: 'delete',
  path: '/v1/brands/{slug}/assets/{id}',
  tag: 'brands',
  summary: 'Removes a version of a file, or all versions of its name; the version before is in use then',
  request: {
    params: AssetParams,
    query: z.strictObject({ versions: z.enum(['this', 'all']).default('this') }),
  },
  responses: { 200: { description: 'What is removed', schema: BrandAsset } },
  permission: 'brands:write',
  audit: 'brand_asset.removed',
})
