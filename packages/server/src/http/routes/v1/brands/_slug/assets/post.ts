import { AssetMediaType, routes } from '@neonhub/contract'
import { NeonHubError } from '../../../../../../base/errors.ts'
import {
  addAsset,
  type AssetMediaType as MediaType,
  findAsset,
  findBrandId,
  isTrueOf,
  sniffMediaType,
} from '../../../../../../knowledge/index.ts'
import { implement } from '../../../../../implement.ts'
import { orNotFound } from '../../../../../lists.ts'
import { RequestError } from '../../../../../request-error.ts'
import { toAsset } from '../../../../../to-asset.ts'

const defaultLimitBytes = 1024 ** 3

export const addBrandAsset = implement(routes.addBrandAsset)(async (call) => {
  const { parts, params, query, headers, caller, inTenant, audit, readBytes } = call
  // Asked first, so that nobody sends 8 MiB to a brand that is not there. No transaction is open while they come in.
  const brandId = orNotFound(await inTenant((tx) => findBrandId(tx, params.slug)), 'brand')
  const bytes = await readBytes()
  const mediaType = mediaTypeOf(bytes, headers['content-type'])
  const { asset, isNew } = await inTenant(async (tx) => {
    const file = {
      brandId,
      bytes,
      mediaType,
      createdBy: caller.name,
      limitBytes: parts.assetLimitBytes ?? defaultLimitBytes,
    }
    const { id, isNew } = await addAsset(tx, { ...query, ...file })
    const asset = orNotFound(await findAsset(tx, { brandId, id }), 'asset')
    const { brand, version, sha256, byteSize } = asset
    await audit(tx, { subject: `brand_asset:${id}`, detail: { brand, version, mediaType, byteSize, sha256 } })
    return { asset, isNew }
  })
  return isNew ? { status: 201, body: toAsset(asset) } : { status: 200, body: toAsset(asset) }
})

/** What the bytes are, where that is kept here and the upload tells no lie about it. */
function mediaTypeOf(bytes: Uint8Array, said: string): MediaType {
  if (bytes.length === 0) {
    throw new NeonHubError('http.body_empty', 'The request holds no file', {
      kind: 'invalid',
      hint: 'Send the bytes of the file as the body, with its media type.',
    })
  }
  const mediaType = sniffMediaType(bytes)
  if (!mediaType) {
    throw new RequestError('http.media_type', 'The file is of no kind that brands keep', {
      status: 415,
      hint: `Its own bytes have to show one of ${AssetMediaType.options.join(', ')}.`,
    })
  }
  if (isTrueOf(mediaType, said)) return mediaType
  throw new RequestError('http.media_type', `The file is ${mediaType}, and is sent as "${said}"`, {
    status: 415,
    hint: `Send it with "Content-Type: ${mediaType}", if it is the file that you meant.`,
  })
}
