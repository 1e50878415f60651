import { routes } from '@neonhub/contract'
import { changeAsset } from '../../../../../../../knowledge/index.ts'
import { implement } from '../../../../../../implement.ts'
import { getAsset, toAsset } from '../../../../../../to-asset.ts'

export const changeBrandAsset = implement(routes.changeBrandAsset)(async ({ params, body, inTenant, audit }) => {
  const changed = await inTenant(async (tx) => {
    const { brandId, asset } = await getAsset(tx, params)
    await changeAsset(tx, { brandId, id: asset.id, ...body })
    // The log says which texts were worded anew; how they read stands in the asset.
    const { alternativeText: _text, licenseNote: _note, ...states } = body
    const reworded = (['alternativeText', 'licenseNote'] as const).filter((name) => body[name] !== undefined)
    await audit(tx, { subject: `brand_asset:${asset.id}`, detail: { brand: asset.brand, ...states, reworded } })
    return getAsset(tx, params)
  })
  return { status: 200, body: toAsset(changed.asset) }
})
