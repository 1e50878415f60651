import type { BrandAsset } from '@neonhub/contract'

/** Pixels of a thumbnail's width: those of a card on a screen of twice the density. */
const widthPixels = 480

/**
 * A picture that an `<img>` shows, as a data URL. Never a blob URL: that is of this page's origin, and an SVG that
 * somebody opens in a tab of its own by it would be a document of ours; a data URL is of no origin. Pixels are made
 * small first, so that a page of photographs does not hold them all.
 */
export async function makeThumbnail(file: Blob, mediaType: BrandAsset['mediaType']): Promise<string> {
  if (mediaType === 'image/svg+xml') return toDataUrl(new Blob([file], { type: mediaType }))
  const bitmap = await createImageBitmap(file)
  try {
    const scale = Math.min(1, widthPixels / bitmap.width)
    const canvas = document.createElement('canvas')
    canvas.width = Math.max(1, Math.round(bitmap.width * scale))
    canvas.height = Math.max(1, Math.round(bitmap.height * scale))
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    return canvas.toDataURL('image/png')
  } finally {
    bitmap.close()
  }
}

const toDataUrl = (file: Blob) =>
  new Promise<string>((resolve, reject) => {
    const reader = new FileReader()
    reader.addEventListener('load', () => resolve(String(reader.result)))
    reader.addEventListener('error', () => reject(reader.error ?? new TypeError('the file could not be read')))
    reader.readAsDataURL(file)
  })
