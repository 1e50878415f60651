import { constants, type Dirent } from 'node:fs'
import { open, readdir, realpath, stat } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import { sha256 } from '../../base/json.ts'
import { decodeText } from './decode-text.ts'
import { type MediaType, maxDocumentBytes, skip, type SkippedSource, type SourceItem } from './source-item.ts'

const mediaTypes: Readonly<Record<string, MediaType>> = {
  '.md': 'text/markdown',
  '.markdown': 'text/markdown',
  '.mdx': 'text/mdx',
  '.html': 'text/html',
  '.htm': 'text/html',
  '.txt': 'text/plain',
  '.rst': 'text/plain',
}

export interface ReadFolderOptions {
  /** Paths that someone else reads (the brand's own files). They count as content of the folder. */
  readonly exclude?: (path: string) => boolean
  /** Told how many items will come, once the folder has been listed and before the first is read. */
  readonly onListed?: (count: number) => void
  readonly signal?: AbortSignal
}

/** A file that looks like a document and has not been read. */
interface ListedFile {
  readonly kind: 'file'
  readonly path: string
  readonly mediaType: MediaType
}

interface Walk {
  readonly root: string
  readonly exclude: (path: string) => boolean
  readonly signal: AbortSignal | undefined
}

/**
 * Reads every document below `directory`, in the order of their paths. Folders that begin with a dot and node_modules
 * are left out. A file that cannot be a document is yielded as skipped, with the reason; it never ends the reading.
 * Throws `knowledge.folder_missing`, `knowledge.folder_unreadable`, and after the last file `knowledge.folder_empty`
 * where not one document was found.
 */
export async function* readFolder(directory: string, options: ReadFolderOptions = {}): AsyncGenerator<SourceItem> {
  const root = await resolveFolder(directory)
  const seen = { documents: 0, skipped: 0, excluded: 0 }
  const exclude = (path: string) => {
    const excluded = options.exclude?.(path) ?? false
    if (excluded) seen.excluded += 1
    return excluded
  }
  const listed = await Array.fromAsync(listBelow('', { root, exclude, signal: options.signal }))
  options.onListed?.(listed.length)
  for (const found of listed) {
    options.signal?.throwIfAborted()
    const item = found.kind === 'file' ? await readListed(root, found) : found
    seen[item.kind === 'document' ? 'documents' : 'skipped'] += 1
    yield item
  }
  if (seen.documents + seen.excluded > 0) return
  throw new NeonHubError('knowledge.folder_empty', `${directory} has no document that can be read`, {
    kind: 'invalid',
    hint:
      seen.skipped > 0
        ? `${seen.skipped} found, none readable: see the reason given for each.`
        : `Put in files that end in ${Object.keys(mediaTypes).join(', ')}.`,
  })
}

/** The folder's real path. Throws `knowledge.folder_missing` or `knowledge.folder_unreadable`. */
export async function resolveFolder(directory: string): Promise<string> {
  try {
    const root = await realpath(directory)
    if ((await stat(root)).isDirectory()) {
      await readdir(root)
      return root
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') {
      throw new NeonHubError('knowledge.folder_missing', `There is no folder ${directory}`, {
        kind: 'not_found',
        hint: 'Check the path. It is taken from the folder in which the command runs.',
        cause: error,
      })
    }
    throw unreadable(directory, error)
  }
  throw new NeonHubError('knowledge.folder_unreadable', `${directory} is a file, not a folder`, {
    kind: 'invalid',
    hint: 'Name the folder that holds the file.',
  })
}

function unreadable(directory: string, cause: unknown): NeonHubError {
  return new NeonHubError('knowledge.folder_unreadable', `${directory} cannot be read: ${messageOf(cause)}`, {
    kind: 'invalid',
    hint: 'Give the user that runs NeonHub the right to list and read the folder.',
    cause,
  })
}

async function* listBelow(folder: string, walk: Walk): AsyncGenerator<ListedFile | SkippedSource> {
  walk.signal?.throwIfAborted()
  const entries = await listEntries(join(walk.root, folder))
  if ('message' in entries) {
    yield skip(`${folder}/`, { reason: 'unreadable', message: entries.message, keeps: 'folder' })
    return
  }
  for (const entry of entries) {
    if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`
    const mediaType = mediaTypes[extname(entry.name).toLowerCase()]
    if (entry.isDirectory()) yield* listBelow(path, walk)
    else if (entry.isSymbolicLink()) yield* skipLink(path, walk)
    // A pipe or socket named like a document would be waited for without end.
    else if (mediaType && entry.isFile() && !walk.exclude(path)) yield { kind: 'file', path, mediaType }
  }
}

/** The entries in the order of their names, or the reason why there are none. */
async function listEntries(directory: string): Promise<readonly Dirent[] | { readonly message: string }> {
  try {
    const entries = await readdir(directory, { withFileTypes: true })
    return entries.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  } catch (error) {
    return { message: `The folder cannot be read: ${messageOf(error)}` }
  }
}

/**
 * Links are not followed: one that leaves the folder would import what nobody chose, and one that stays inside leads
 * to a document that is read at its own path (so loops cannot arise either).
 */
async function* skipLink(path: string, { root, exclude }: Walk): AsyncGenerator<SkippedSource> {
  const target = await realpath(join(root, path)).catch((error: unknown) => ({ message: messageOf(error) }))
  if (typeof target !== 'string') {
    yield skip(path, { reason: 'link', message: `The link leads nowhere: ${target.message}`, keeps: 'nothing' })
    return
  }
  const isFile = (await stat(target)).isFile()
  if (isFile && (!mediaTypes[extname(path).toLowerCase()] || exclude(path))) return
  const inside = target === root || target.startsWith(root + sep)
  const message = inside
    ? `It is a link to ${relative(root, target) || 'the folder itself'}, which is read at its own path.`
    : 'It is a link that leaves the folder. Copy the file in to import it.'
  yield skip(path, { reason: 'link', message, keeps: 'nothing' })
}

async function readListed(root: string, { path, mediaType }: ListedFile): Promise<SourceItem> {
  const file = await readBounded(join(root, path)).catch((error: unknown) => ({ message: messageOf(error) }))
  if ('message' in file) {
    return skip(path, { reason: 'unreadable', message: `It cannot be read: ${file.message}`, keeps: 'path' })
  }
  if (!file.bytes) {
    const size = Math.ceil(file.sizeBytes / 1024 / 1024)
    const message = `It has ${size} MiB; at most ${maxDocumentBytes / 1024 / 1024} MiB are read.`
    return skip(path, { reason: 'too_large', message, keeps: 'path' })
  }
  const decoded = decodeText(file.bytes)
  if (!decoded.ok) return skip(path, { ...decoded, keeps: decoded.reason === 'empty' ? 'nothing' : 'path' })
  const { text } = decoded
  const modifiedAt = file.modifiedAt
  return { kind: 'document', origin: 'folder', path, mediaType, text, sha256: sha256(text), modifiedAt }
}

/** Reads a file of at most `maxDocumentBytes`; `bytes` is absent where it is larger, and then nothing was read. */
async function readBounded(path: string) {
  // Not following links here closes the moment between the listing and the opening.
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  try {
    const { size: sizeBytes, mtime: modifiedAt } = await handle.stat()
    if (sizeBytes > maxDocumentBytes) return { sizeBytes, modifiedAt, bytes: undefined }
    // A file that grows meanwhile is read to the size that was measured.
    const buffer = Buffer.alloc(sizeBytes)
    let filled = 0
    while (filled < sizeBytes) {
      const { bytesRead } = await handle.read(buffer, filled, sizeBytes - filled, filled)
      if (bytesRead === 0) break
      filled += bytesRead
    }
    return { sizeBytes, modifiedAt, bytes: buffer.subarray(0, filled) }
  } finally {
    await handle.close()
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
