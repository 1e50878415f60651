import type { BrandAsset } from '@neonhub/contract'
import type { TenantTx } from '../db/index.ts'
import { type Asset, findAsset, findBrandId } from '../knowledge/index.ts'
import { orNotFound } from './lists.ts'

/** A version of a file as the contract shows it. */
export const toAsset = ({ createdAt, updatedAt, ...asset }: Asset): BrandAsset => ({
  ...asset,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

/** The version that a path names, with its brand's id. Throws `http.not_found`. */
export async function getAsset(tx: TenantTx, { slug, id }: { readonly slug: string; readonly id: string }) {
  const brandId = orNotFound(await findBrandId(tx, slug), 'brand')
  return { brandId, asset: orNotFound(await findAsset(tx, { brandId, id }), 'asset') }
}
