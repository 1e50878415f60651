import { routes } from '@neonhub/contract'
import { fileNameOf, isRaster, readContent } from '../../../../../../../../knowledge/index.ts'
import { contentDisposition } from '../../../../../../../content-disposition.ts'
import { implement } from '../../../../../../../implement.ts'
import { isNoneMatch } from '../../../../../../../is-none-match.ts'
import { getAsset } from '../../../../../../../to-asset.ts'

export const getBrandAssetContent = implement(routes.getBrandAssetContent)(async ({ params, headers, inTenant }) => {
  const { asset, bytes } = await inTenant(async (tx) => {
    const { asset } = await getAsset(tx, params)
    const isKnown = isNoneMatch(headers['if-none-match'], asset.sha256)
    return { asset, bytes: isKnown ? undefined : await readContent(tx, asset.sha256) }
  })
  const { name, mediaType, sha256 } = asset
  const common = {
    etag: `"${sha256}"`,
    // Asked again each time: whoever may no longer read it is not shown it.
    'cache-control': 'private, no-cache',
  }
  if (bytes === undefined) return new Response(null, { status: 304, headers: common })
  return new Response(bytes, {
    headers: {
      ...common,
      'content-type': mediaType,
      'content-length': String(bytes.length),
      // Pixels alone are shown in a page. An SVG is a document of whoever made it, and would run its scripts as ours.
      'content-disposition': contentDisposition(
        isRaster(mediaType) ? 'inline' : 'attachment',
        fileNameOf(name, mediaType),
      ),
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
    },
  })
})
