import { deflateSync } from 'node:zlib'

const latin = (text: string) => Buffer.from(text, 'latin1')

function crc32(bytes: Uint8Array): number {
  let crc = -1
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0)
  }
  return ~crc >>> 0
}

function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([latin(type), data])
  const length = Buffer.alloc(4)
  length.writeUInt32BE(data.length)
  const crc = Buffer.alloc(4)
  crc.writeUInt32BE(crc32(body))
  return Buffer.concat([length, body, crc])
}

/** A whole PNG of one color: `[red, green, blue]`. */
export function makePng(color: readonly [number, number, number], edge = 8): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(edge, 0)
  header.writeUInt32BE(edge, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const row = Buffer.concat([Buffer.from([0]), ...Array.from({ length: edge }, () => Buffer.from(color))])
  const pixels = deflateSync(Buffer.concat(Array.from({ length: edge }, () => row)))
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    pngChunk('IHDR', header),
    pngChunk('IDAT', pixels),
    pngChunk('IEND', Buffer.alloc(0)),
  ])
}

/** An SVG that calls home and marks the page, if anybody lets it. */
export const hostileSvg = Buffer.from(
  `<?xml version="1.0"?><!-- a logo --><svg xmlns="http://www.w3.org/2000/svg" width="10" height="10" onload="document.title='owned'">
  <script>document.title = 'owned'; window.owned = true; fetch('/v1/me')</script><rect width="10" height="10" fill="red"/></svg>`,
)

/** The first bytes of a file of each kind that brands keep, enough to tell it by. */
export const sampleFiles = {
  'image/png': makePng([200, 30, 30]),
  'image/jpeg': Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, ...latin('JFIF')]),
  'image/webp': latin('RIFF\u0010\u0000\u0000\u0000WEBPVP8 '),
  'image/gif': latin('GIF89a\u0001\u0000\u0001\u0000'),
  'image/svg+xml': Buffer.from('\ufeff<!DOCTYPE svg [<!ENTITY a "b">]>\n<svg xmlns="http://www.w3.org/2000/svg"/>'),
  'application/pdf': latin('%PDF-1.7\n'),
  'font/woff2': latin('wOF2\u0000\u0001\u0000\u0000'),
  'font/ttf': Buffer.from([0, 1, 0, 0, 0, 12]),
  'font/otf': latin('OTTO\u0000\u000c'),
  'video/mp4': latin('\u0000\u0000\u0000\u0018ftypmp42\u0000\u0000\u0000\u0000'),
} as const
