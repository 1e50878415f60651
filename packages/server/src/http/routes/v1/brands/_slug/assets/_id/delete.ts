import { routes } from '@neonhub/contract'
import { removeAsset } from '../../../../../../../knowledge/index.ts'
import { implement } from '../../../../../../implement.ts'
import { getAsset, toAsset } from '../../../../../../to-asset.ts'

export const removeBrandAsset = implement(routes.removeBrandAsset)(async ({ params, query, inTenant, audit }) => {
  const removed = await inTenant(async (tx) => {
    const { brandId, asset } = await getAsset(tx, params)
    const versions = await removeAsset(tx, { brandId, id: asset.id, allVersions: query.versions === 'all' })
    const { brand, version, sha256 } = asset
    await audit(tx, { subject: `brand_asset:${asset.id}`, detail: { brand, version, sha256, versions } })
    return asset
  })
  return { status: 200, body: toAsset(removed) }
})
