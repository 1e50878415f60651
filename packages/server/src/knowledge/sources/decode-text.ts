export type DecodedText =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: 'empty' | 'binary' | 'encoding'; readonly message: string }

/**
 * Bytes to text. A byte order mark decides; else `charset`, as a server told it; else it is UTF-8. Line ends become LF,
 * so that the same document checked out on another system has the same hash. Never throws.
 */
export function decodeText(bytes: Uint8Array, charset = 'utf-8'): DecodedText {
  const encoding = markedEncoding(bytes) ?? charset
  const text = decode(bytes, encoding)
  if (text?.includes('\0') || (text === undefined && bytes.includes(0))) {
    return { ok: false, reason: 'binary', message: 'It is not text: it has NUL bytes.' }
  }
  if (text === undefined) {
    return { ok: false, reason: 'encoding', message: `It is not valid ${encoding.toUpperCase()}. Save it as UTF-8.` }
  }
  if (text.trim() === '') return { ok: false, reason: 'empty', message: 'It is empty.' }
  return { ok: true, text: text.replaceAll(/\r\n?/g, '\n') }
}

function markedEncoding(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 'utf-8' : undefined
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (error) {
    // Malformed bytes (TypeError) or a charset that nobody knows (RangeError), as the WHATWG Encoding standard has it:
    // expected outcomes here.
    if (error instanceof TypeError || error instanceof RangeError) return undefined
    throw error
  }
}
