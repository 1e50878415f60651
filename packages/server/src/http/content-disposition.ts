/**
 * The header field of a file (RFC 6266): its name in ASCII for old programs, and whole as RFC 8187 encodes it.
 */
export function contentDisposition(type: 'inline' | 'attachment', fileName: string): string {
  const plain = fileName.replaceAll(/[^\u0020-\u007e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(fileName.toWellFormed()).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `${type}; filename="${plain}"; filename*=UTF-8''${encoded}`
}
