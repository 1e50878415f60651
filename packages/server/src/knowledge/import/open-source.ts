import { stat } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { NeonHubError } from '../../base/errors.ts'
import type { PromptVoice } from '../../llm/spec.ts'
import { type BrandProfile, brandFromName } from '../brand-files/parse-brand-yaml.ts'
import { type BrandFiles, isBrandFile, readBrandFiles } from '../brand-files/read-brand-files.ts'
import type { FetchPage } from '../sources/fetch-page.ts'
import { readFolder, resolveFolder } from '../sources/read-folder.ts'
import { readSite } from '../sources/read-site.ts'
import type { SourceItem } from '../sources/source-item.ts'

/** A folder or a site, opened: what it says about its brand, and its documents as they are read. */
export interface OpenSource {
  readonly kind: 'folder' | 'site'
  /** The folder's real path, or the URL: what names the dataset. */
  readonly source: string
  readonly brand: BrandProfile
  /** Whether the source itself describes the brand (`brand.yaml`), or only its name was known. */
  readonly isDescribed: boolean
  readonly voice: PromptVoice | undefined
  /** Undefined where the source says nothing of them: then those that are stored stay. */
  readonly personas: BrandFiles['personas'] | undefined
  readonly keywords: BrandFiles['keywords'] | undefined
  readonly items: AsyncGenerator<SourceItem>
}

export interface OpenSourceOptions {
  readonly fetch: FetchPage
  /** Told how many items will come, before the second is read. */
  readonly onListed: (count: number) => void
  readonly signal: AbortSignal | undefined
}

const ownDocuments = 'documents'

/**
 * Opens an absolute path of a folder, or the URL of a sitemap or feed. Throws `knowledge.source`, and what
 * `resolveFolder`, `readBrandFiles` and (with the first document) `readSite` throw.
 */
export async function openSource(source: string, options: OpenSourceOptions): Promise<OpenSource> {
  if (/^[a-z][a-z\d+.-]*:\/\//i.test(source)) return openSite(source, options)
  if (isAbsolute(source)) return openFolder(source, options)
  throw new NeonHubError('knowledge.source', `“${source}” is neither the whole path of a folder nor a web address`, {
    kind: 'invalid',
    hint: 'Give the path from the root, or the whole URL of a sitemap or feed.',
  })
}

async function openFolder(directory: string, { onListed, signal }: OpenSourceOptions): Promise<OpenSource> {
  const root = await resolveFolder(directory)
  const files = await readBrandFiles(root)
  const has = (name: string) => files.found.some((file) => file.startsWith(`${name}.`))
  // Beside the brand's files and a folder of documents stands what is about them: a README, a brief.
  const isApart = files.found.length > 0 && (await isDirectory(join(root, ownDocuments)))
  const exclude = (path: string) => isBrandFile(path) || (isApart && !path.startsWith(`${ownDocuments}/`))
  return {
    kind: 'folder',
    source: root,
    brand: files.brand,
    isDescribed: has('brand'),
    voice: files.voice,
    personas: has('personas') ? files.personas : undefined,
    keywords: has('keywords') ? files.keywords : undefined,
    items: readFolder(root, { exclude, onListed, ...(signal ? { signal } : {}) }),
  }
}

function openSite(url: string, { fetch, onListed, signal }: OpenSourceOptions): OpenSource {
  const host = URL.canParse(url) ? new URL(url).hostname.replace(/^www\./, '') : url
  return {
    kind: 'site',
    source: URL.canParse(url) ? new URL(url).href : url,
    brand: { ...brandFromName(host), name: host, website: URL.canParse(url) ? new URL(url).origin : undefined },
    isDescribed: false,
    voice: undefined,
    personas: undefined,
    keywords: undefined,
    items: readSite(url, { fetch, onListed, ...(signal ? { signal } : {}) }),
  }
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
