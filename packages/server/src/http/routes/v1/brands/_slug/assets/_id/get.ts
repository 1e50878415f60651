import { routes } from '@neonhub/contract'
import { implement } from '../../../../../../implement.ts'
import { getAsset, toAsset } from '../../../../../../to-asset.ts'

export const getBrandAsset = implement(routes.getBrandAsset)(async ({ params, inTenant }) => {
  const { asset } = await inTenant((tx) => getAsset(tx, params))
  return { status: 200, body: toAsset(asset) }
})
