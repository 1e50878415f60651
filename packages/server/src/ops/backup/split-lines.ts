const newline = 10

/**
 * The lines of a stream of bytes, in batches. Lines end at LF alone: Node's `readline` also ends one at U+2028, which
 * stands in people's texts.
 */
export async function* splitLines(
  chunks: AsyncIterable<Buffer>,
  { batchBytes }: { readonly batchBytes: number },
): AsyncGenerator<readonly string[]> {
  let pending: Buffer[] = []
  let lines: string[] = []
  let bytes = 0
  for await (const chunk of chunks) {
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      pending.push(chunk.subarray(start, end))
      const line = pending.length === 1 ? pending[0] : Buffer.concat(pending)
      lines.push(line?.toString('utf8') ?? '')
      bytes += line?.length ?? 0
      pending = []
      start = end + 1
    }
    if (start < chunk.length) pending.push(chunk.subarray(start))
    if (bytes >= batchBytes) {
      yield lines
      lines = []
      bytes = 0
    }
  }
  if (pending.length > 0) lines.push(Buffer.concat(pending).toString('utf8'))
  if (lines.length > 0) yield lines
}
