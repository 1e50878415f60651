import type { AssetMediaType } from './sniff-media-type.ts'

interface MediaTypeFacts {
  /** Endings of names, the usual one first. */
  readonly endings: readonly [string, ...string[]]
  /** Other names that programs give it. */
  readonly aliases: readonly string[]
}

const facts: Readonly<Record<AssetMediaType, MediaTypeFacts>> = {
  'image/png': { endings: ['png'], aliases: ['image/x-png'] },
  'image/jpeg': { endings: ['jpg', 'jpeg', 'jfif'], aliases: ['image/jpg', 'image/pjpeg'] },
  'image/webp': { endings: ['webp'], aliases: [] },
  'image/gif': { endings: ['gif'], aliases: [] },
  'image/svg+xml': { endings: ['svg'], aliases: ['image/svg'] },
  'application/pdf': { endings: ['pdf'], aliases: ['application/x-pdf'] },
  'font/woff2': { endings: ['woff2'], aliases: ['application/font-woff2'] },
  'font/ttf': { endings: ['ttf'], aliases: ['font/sfnt', 'application/font-sfnt', 'application/x-font-ttf'] },
  'font/otf': { endings: ['otf'], aliases: ['font/sfnt', 'application/font-sfnt', 'application/x-font-otf'] },
  'video/mp4': { endings: ['mp4', 'm4v'], aliases: ['video/x-m4v'] },
}

/** What a program says that knows no better; the bytes decide then. */
const unsaid = new Set(['', 'application/octet-stream'])

/** Whether what an upload says of its media type, parameters aside, is true of bytes of this one. */
export function isTrueOf(mediaType: AssetMediaType, said: string): boolean {
  const [essence = ''] = said.split(';')
  const name = essence.trim().toLowerCase()
  return unsaid.has(name) || name === mediaType || facts[mediaType].aliases.includes(name)
}

/** A name under which a computer opens the file as what it is: `logo.html` that is a PNG becomes `logo.html.png`. */
export function fileNameOf(name: string, mediaType: AssetMediaType): string {
  const { endings } = facts[mediaType]
  const hasEnding = endings.some((ending) => name.toLowerCase().endsWith(`.${ending}`))
  return hasEnding ? name : `${name}.${endings[0]}`
}

/** Pixels alone, which no browser runs. SVG is not among them: it is a document, and may hold scripts. */
export function isRaster(mediaType: AssetMediaType): boolean {
  return mediaType.startsWith('image/') && mediaType !== 'image/svg+xml'
}
