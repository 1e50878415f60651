import { open, realpath } from 'node:fs/promises'
import { basename, join, sep } from 'node:path'
import { messageOf } from '../../base/errors.ts'
import type { PromptVoice } from '../../llm/spec.ts'
import { decodeText } from '../sources/decode-text.ts'
import { type BrandProfile, brandFromName, parseBrandYaml } from './parse-brand-yaml.ts'
import { type KeywordEntry, parseKeywordsCsv } from './parse-keywords-csv.ts'
import { parsePersonasYaml, type PersonaProfile } from './parse-personas-yaml.ts'
import { parseVoiceMd } from './parse-voice-md.ts'
import { brandFileError } from './parse-yaml-file.ts'

/** What a folder says about its brand, beside its documents. */
export interface BrandFiles {
  readonly brand: BrandProfile
  readonly voice: PromptVoice | undefined
  readonly personas: readonly PersonaProfile[]
  readonly keywords: readonly KeywordEntry[]
  /** Those of the four files that were there. */
  readonly found: readonly string[]
}

const maxFileBytes = 4 * 1024 * 1024
const names = {
  brand: ['brand.yaml', 'brand.yml'],
  voice: ['voice.md'],
  personas: ['personas.yaml', 'personas.yml'],
  keywords: ['keywords.csv'],
} as const

/** Says whether a path of the folder is one of the brand's own files, which are no documents. */
export function isBrandFile(path: string): boolean {
  return Object.values(names)
    .flat()
    .some((name) => name === path)
}

/**
 * Reads the brand's files at the top of `directory`; each may be absent. Without `brand.yaml` the folder's name is the
 * brand's. Throws `knowledge.brand_file` naming file, line and reason.
 */
export async function readBrandFiles(directory: string): Promise<BrandFiles> {
  const root = await realpath(directory)
  const [brandFile, voiceFile, personasFile, keywordsFile] = await Promise.all(
    [names.brand, names.voice, names.personas, names.keywords].map((each) => readFirst(root, each)),
  )
  const brand = brandFile ? parseBrandYaml(brandFile.text, brandFile.file) : brandFromName(basename(root))
  const voice = voiceFile && parseVoiceMd(voiceFile.text, { brandName: brand.name, file: voiceFile.file })
  const personas = personasFile ? parsePersonasYaml(personasFile.text, personasFile.file) : []
  const keywords = keywordsFile ? parseKeywordsCsv(keywordsFile.text, keywordsFile.file) : []
  if (keywordsFile) requireKnownPersonas(keywords, { personas, file: keywordsFile.file })
  const found = [brandFile, voiceFile, personasFile, keywordsFile].flatMap((each) => each?.file ?? [])
  return { brand, voice, personas, keywords, found }
}

function requireKnownPersonas(
  keywords: readonly KeywordEntry[],
  { personas, file }: { readonly personas: readonly PersonaProfile[]; readonly file: string },
): void {
  const known = new Set(personas.map(({ name }) => name.toLowerCase()))
  const stray = keywords.find(({ persona }) => persona !== undefined && !known.has(persona.toLowerCase()))
  if (!stray) return
  const list = personas.map(({ name }) => name).join(', ')
  const hint = `personas.yaml ${list === '' ? 'names nobody' : `has ${list}`}. Add the persona there, or leave the cell empty.`
  throw brandFileError({ file, line: stray.line, reason: `there is no persona “${stray.persona}”`, hint })
}

async function readFirst(root: string, files: readonly string[]) {
  for (const file of files) {
    const text = await readText(root, file)
    if (text !== undefined) return { file, text }
  }
  return undefined
}

async function readText(root: string, file: string): Promise<string | undefined> {
  const bytes = await readBounded(root, file).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw brandFileError({ file, reason: messageOf(error), cause: error })
  })
  if (!bytes) return undefined
  const decoded = decodeText(bytes)
  if (decoded.ok) return decoded.text
  if (decoded.reason === 'empty') return undefined
  throw brandFileError({ file, reason: decoded.message })
}

async function readBounded(root: string, file: string): Promise<Uint8Array> {
  const path = await realpath(join(root, file))
  if (!path.startsWith(root + sep)) throw new Error('it is a link that leaves the folder')
  const handle = await open(path)
  try {
    const { size } = await handle.stat()
    if (size > maxFileBytes) throw new Error(`it is larger than ${maxFileBytes / 1024 / 1024} MiB`)
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}
