import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { constants, createZstdCompress, createZstdDecompress } from 'node:zlib'
import { pipeline } from 'node:stream/promises'
import { pipeline as pipe, Readable, Transform, type TransformCallback } from 'node:stream'
import { ZodError } from 'zod'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { type BackupHeader, type BackupPart, ControlPart, type OnProgress } from './parts.ts'
import { splitLines } from './split-lines.ts'
import { writeWhole } from './write-whole.ts'

/**
 * A backup file: this line; the parts as lines of JSON, compressed with zstd; and the SHA-256 of everything before it,
 * 32 bytes that stand outside of the compression, so that there is no byte whose change goes unseen.
 */
const magic = 'NEONHUB BACKUP 1\n'
const sealBytes = 32
const level = 3
const batchBytes = 1_000_000

/** Writes the parts to `path`, complete or not at all. Throws `backup.file_exists` and the errors of `writeWhole`. */
export async function writeBackupFile(
  path: string,
  { parts, replaces }: { readonly parts: AsyncIterable<BackupPart>; readonly replaces: boolean },
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  let bytes = 0
  const hash = createHash('sha256')
  const seal = new Transform({
    transform: (chunk: Buffer, _encoding, done: TransformCallback) => {
      hash.update(chunk)
      bytes += chunk.length
      done(null, chunk)
    },
  })
  let sha256 = ''
  await writeWhole(path, { replaces }, async (file) => {
    seal.write(magic)
    const compress = createZstdCompress({ params: { [constants.ZSTD_c_compressionLevel]: level } })
    await pipeline(Readable.from(linesOf(parts), { objectMode: false }), compress, seal, async (chunks) => {
      for await (const chunk of chunks) await file.writeFile(chunk)
    })
    const digest = hash.digest()
    sha256 = digest.toString('hex')
    await file.writeFile(digest)
  })
  return { bytes: bytes + sealBytes, sha256 }
}

async function* linesOf(parts: AsyncIterable<BackupPart>): AsyncGenerator<string> {
  for await (const part of parts) {
    yield part.kind === 'rows' ? `${part.lines.join('\n')}\n` : `${JSON.stringify(part)}\n`
  }
}

/**
 * Reads the whole file once and compares its seal, before anything is done with it. Throws `backup.file_missing`,
 * `backup.file_foreign` and `backup.file_damaged`.
 */
export async function checkBackupFile(path: string, onProgress: OnProgress): Promise<{ readonly bytes: number }> {
  const size = await sizeOf(path)
  const start = await readBytes(path, 0, Math.min(size, magic.length))
  if (start.toString('latin1') !== magic) throw foreign(path)
  if (size <= magic.length + sealBytes) throw damaged(path, 'it is cut short')
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(path, { end: size - sealBytes - 1, highWaterMark: 1 << 20 })) {
    hash.update(chunk)
    bytes += chunk.length
    onProgress({ stage: 'check', rows: bytes })
  }
  const digest = hash.digest()
  if (!digest.equals(await readBytes(path, size - sealBytes, sealBytes))) {
    throw damaged(path, 'it is cut short, or a part of it was changed')
  }
  return { bytes: size }
}

/** The parts of a file that `checkBackupFile` has passed. Throws `backup.file_damaged` where it changed since. */
export async function* readBackupFile(path: string): AsyncGenerator<BackupPart> {
  const size = await sizeOf(path)
  const body = createReadStream(path, { start: magic.length, end: size - sealBytes - 1 })
  const text = createZstdDecompress()
  let hasEnded = false
  // What breaks on the way in breaks the text, and is thrown where it is read.
  pipe(body, text, () => {})
  try {
    for await (const lines of splitLines(text, { batchBytes })) {
      for (const part of partsOf(lines)) {
        hasEnded = part.kind === 'end'
        yield part
      }
    }
  } catch (error) {
    throw isDecoding(error) ? damaged(path, messageOf(error), error) : error
  } finally {
    body.destroy()
  }
  if (!hasEnded) throw damaged(path, 'it has no end')
}

/** What a file begins with. Throws `backup.file_damaged`. */
export async function readBackupHeader(path: string): Promise<BackupHeader> {
  for await (const part of readBackupFile(path)) {
    if (part.kind === 'header') return part.header
    break
  }
  throw damaged(path, 'it has no header')
}

/** Rows begin with a bracket; what tells of them begins with a brace. */
function* partsOf(lines: readonly string[]): Generator<BackupPart> {
  for (let index = 0; index < lines.length;) {
    const next = lines.findIndex((line, at) => at >= index && !line.startsWith('['))
    const end = next === -1 ? lines.length : next
    if (end > index) yield { kind: 'rows', lines: lines.slice(index, end) }
    const line = lines[end]
    if (line !== undefined) yield ControlPart.parse(JSON.parse(line))
    index = end + 1
  }
}

const isDecoding = (error: unknown) =>
  error instanceof SyntaxError || error instanceof ZodError || (error instanceof Error && /zstd/i.test(error.message))

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    throw new NeonHubError('backup.file_missing', `The backup ${path} cannot be read: ${messageOf(error)}`, {
      kind: 'not_found',
      hint: 'Check the path, and that this user may read the file.',
      cause: error,
    })
  }
}

async function readBytes(path: string, position: number, length: number): Promise<Buffer> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, position)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}

const foreign = (path: string) =>
  new NeonHubError('backup.file_foreign', `${path} is no backup that this version can read`, {
    kind: 'invalid',
    hint: 'Give a file that neonhub db backup has written. What pg_dump has written, psql or pg_restore reads.',
  })

const damaged = (path: string, reason: string, cause?: unknown) =>
  new NeonHubError('backup.file_damaged', `The backup ${path} is damaged: ${reason}`, {
    kind: 'invalid',
    hint: 'Nothing was written. Copy the file again from where it was made, or take an older backup.',
    cause,
  })
