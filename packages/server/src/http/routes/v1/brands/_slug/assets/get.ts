import { routes } from '@neonhub/contract'
import { findBrandId, listAssets } from '../../../../../../knowledge/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound, toPage } from '../../../../../lists.ts'
import { toAsset } from '../../../../../to-asset.ts'

export const listBrandAssets = implement(routes.listBrandAssets)(async ({ params, query, inTenant }) => {
  const { limit, versions, ...rest } = query
  const rows = await inTenant(async (tx) => {
    const brandId = orNotFound(await findBrandId(tx, params.slug), 'brand')
    return listAssets(tx, { brandId, ...rest, limit: limit + 1, allVersions: versions === 'all' })
  })
  const { items, nextBefore } = toPage(rows, limit)
  return { status: 200, body: { assets: items.map(toAsset), nextBefore } }
})
