import { NeonHubError } from '../base/errors.ts'
import type { HttpContext } from './env.ts'

const mebibyte = 1024 * 1024

/** What is said of a body that is too large. */
export const bodyTooLarge = (maxBytes: number, hint: string) =>
  new NeonHubError('http.body_too_large', `The body is larger than ${maxBytes / mebibyte} MiB`, {
    kind: 'too_large',
    hint,
  })

/**
 * The body as it came, of whatever media type, read as far as `maxBytes` and no further: a length that was not told, or
 * is a lie, costs no memory. Throws `http.body_too_large`.
 */
export async function readBytes({ req }: HttpContext, maxBytes: number): Promise<Uint8Array> {
  const refuse = () => bodyTooLarge(maxBytes, 'Send a smaller file.')
  if (Number(req.header('content-length') ?? 0) > maxBytes) throw refuse()
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of req.raw.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw refuse()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks, size)
}
