import { compact } from '../../base/compact.ts'
import type { DatasetId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { TenantTx } from '../../db/index.ts'
import type { DocumentVersion } from '../plan-import.ts'
import { insertVoice } from '../sql/insert-voice.ts'
import { listDocumentVersions } from '../sql/list-document-versions.ts'
import { replaceKeywords } from '../sql/replace-keywords.ts'
import { replacePersonas } from '../sql/replace-personas.ts'
import { type StoredBrand, upsertBrand } from '../sql/upsert-brand.ts'
import { upsertDataset } from '../sql/upsert-dataset.ts'
import type { OpenSource } from './open-source.ts'

/** Where the documents of an import go, and which of them are there already. */
export interface ImportTarget {
  readonly brand: StoredBrand
  readonly datasetId: DatasetId
  readonly existing: readonly DocumentVersion[]
}

/**
 * Stores all that a source says about its brand, and opens its dataset. A file that is there is the truth about what it
 * lists; what no file speaks of stays as it is stored. Throws `knowledge.slug`.
 */
export async function storeBrand(
  tx: TenantTx,
  opened: OpenSource,
  { slug = opened.brand.slug }: { readonly slug?: string | undefined },
): Promise<ImportTarget> {
  if (slug.length > 63 || !/^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(slug)) {
    throw new NeonHubError('knowledge.slug', `“${slug}” cannot be a brand's slug`, {
      kind: 'invalid',
      hint: 'Use up to 63 lower case letters, digits and single hyphens, such as acme-shoes.',
    })
  }
  const { kind, source, voice, personas, keywords, isDescribed } = opened
  const { timezone: timeZone, ...profile } = opened.brand
  const brand = await upsertBrand(tx, { ...profile, timeZone, slug, isDescribed })
  if (voice) await insertVoice(tx, brand.id, voice)
  if (personas) await replacePersonas(tx, brand.id, personas.map(toPersona))
  if (keywords) await replaceKeywords(tx, brand.id, keywords.map(toKeyword))
  const datasetId = await upsertDataset(tx, { brandId: brand.id, kind, source })
  return { brand, datasetId, existing: await listDocumentVersions(tx, datasetId) }
}

type PersonaProfile = NonNullable<OpenSource['personas']>[number]
type KeywordEntry = NonNullable<OpenSource['keywords']>[number]

function toPersona({ name, role, description, goals, pains, channels, keywords }: PersonaProfile) {
  const lists = { goals: [...goals], pains: [...pains], channels: [...channels], keywords: [...keywords] }
  return { name, role: [role, description].filter((text) => text !== undefined).join('\n'), ...lists }
}

function toKeyword({ term, intent, volume, difficulty, persona }: KeywordEntry) {
  // Some tools write the difficulty with decimals.
  const rounded = difficulty === undefined ? undefined : Math.round(difficulty)
  return compact({ term, intent, volume, difficulty: rounded, persona })
}
