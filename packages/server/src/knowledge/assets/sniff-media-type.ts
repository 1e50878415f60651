import { isUtf8 } from 'node:buffer'
import type { DB } from '../../db/index.ts'

/** What files of brands may be. */
export type AssetMediaType = DB['asset_contents']['media_type']

type Sniff = (bytes: Uint8Array) => AssetMediaType | undefined

const startsWith = (bytes: Uint8Array, signature: readonly number[], at = 0) =>
  bytes.length >= at + signature.length && signature.every((byte, index) => bytes[at + index] === byte)

const ascii = (text: string) => [...text].map((character) => character.charCodeAt(0))

const signed =
  (mediaType: AssetMediaType, ...parts: readonly (readonly [string | readonly number[], number?])[]): Sniff =>
  (bytes) =>
    parts.every(([signature, at]) =>
      startsWith(bytes, typeof signature === 'string' ? ascii(signature) : signature, at),
    )
      ? mediaType
      : undefined

/** Brands of an ISO base media file that a player takes for MP4; HEIF, AVIF and QuickTime have others. */
const mp4Brand = /^(?:isom|iso[2-9]|mp4[12]|avc1|M4V |dash|mmp4|MSNV)$/

function sniffMp4(bytes: Uint8Array): AssetMediaType | undefined {
  if (!startsWith(bytes, ascii('ftyp'), 4)) return undefined
  return mp4Brand.test(String.fromCharCode(...bytes.subarray(8, 12))) ? 'video/mp4' : undefined
}

/** What may stand before the root of an XML document: a declaration, comments, a document type with its own subset. */
const beforeRoot = /^(?:\s+|<\?[^]*?\?>|<!--[^]*?-->|<!DOCTYPE(?:[^<>[]|\[[^\]]*\])*>)/i

/** Characters in which the root of an SVG must begin: more would be work that a stranger chooses. */
const headLength = 65_536

function sniffSvg(bytes: Uint8Array): AssetMediaType | undefined {
  if (!isUtf8(bytes)) return undefined
  let text = new TextDecoder().decode(bytes).slice(0, headLength)
  for (let match = beforeRoot.exec(text); match; match = beforeRoot.exec(text)) text = text.slice(match[0].length)
  return /^<(?:svg:)?svg[\s/>]/.test(text) ? 'image/svg+xml' : undefined
}

/** The signatures are those of the WHATWG's MIME Sniffing Standard, sections 6 and 7; of MP4, the brands stand closer. */
const sniffs: readonly Sniff[] = [
  signed('image/png', [[0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]]),
  signed('image/jpeg', [[0xff, 0xd8, 0xff]]),
  signed('image/gif', ['GIF87a']),
  signed('image/gif', ['GIF89a']),
  signed('image/webp', ['RIFF'], ['WEBPVP', 8]),
  signed('application/pdf', ['%PDF-']),
  signed('font/woff2', ['wOF2']),
  signed('font/otf', ['OTTO']),
  signed('font/ttf', [[0x00, 0x01, 0x00, 0x00]]),
  sniffMp4,
  sniffSvg,
]

/** What a file is by its own bytes; undefined where it is nothing that brands keep. Never goes by a name or a header. */
export function sniffMediaType(bytes: Uint8Array): AssetMediaType | undefined {
  for (const sniff of sniffs) {
    const mediaType = sniff(bytes)
    if (mediaType) return mediaType
  }
  return undefined
}
