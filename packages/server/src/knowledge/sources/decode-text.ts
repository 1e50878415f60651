export type DecodedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'empty' | 'binary' | 'encoding'; readonly message: string }

/**
 * Bytes to text: UTF-8, or UTF-16 where a byte order mark says so. Line ends become LF, so that the same document
 * checked out on another system has the same hash. Never throws.
 */
export function decodeText(bytes: Uint8Array): DecodedText {
  const encoding = encodingOf(bytes)
  const text = decode(bytes, encoding)
  if (text === undefined) {
    return bytes.includes(0)
      ? { ok: false, reason: 'binary', message: 'It is not text: it has NUL bytes.' }
      : { ok: false, reason: 'encoding', message: `It is not valid ${encoding.toUpperCase()}. Save it as UTF-8.` }
  }
  if (text.includes('\0')) return { ok: false, reason: 'binary', message: 'It is not text: it has NUL bytes.' }
  if (text.trim() === '') return { ok: false, reason: 'empty', message: 'It is empty.' }
  return { ok: true, text: text.replaceAll(/\r\n?/g, '\n') }
}

function encodingOf(bytes: Uint8Array) {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return 'utf-8'
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    // What TextDecoder throws for malformed bytes (WHATWG Encoding, fatal mode): an expected outcome here.
    if (error instanceof TypeError) return undefined
    throw error
  }
}
