import type { TenantTx } from '../../db/index.ts'
import { type BrandSummary, listBrands } from './list-brands.ts'
import { type Dataset, listDatasets } from './list-datasets.ts'
import { findVoice, type Voice } from './find-voice.ts'
import { type Keyword, listKeywords } from './list-keywords.ts'
import { listPersonas, type Persona } from './list-personas.ts'

/** A brand with all that belongs to it but its documents. */
export interface BrandDetail extends BrandSummary {
  /** The newest version; absent where the brand has none. */
  readonly voice?: Voice
  readonly personas: Persona[]
  readonly keywords: Keyword[]
  readonly datasets: Dataset[]
}

/** The brand of that slug, or undefined. */
export async function findBrand(tx: TenantTx, slug: string): Promise<BrandDetail | undefined> {
  const [brand] = await listBrands(tx, { slug })
  if (!brand) return undefined
  const voice = await findVoice(tx, brand.id)
  return {
    ...brand,
    ...(voice ? { voice } : {}),
    personas: await listPersonas(tx, brand.id),
    keywords: await listKeywords(tx, brand.id),
    datasets: await listDatasets(tx, brand.id),
  }
}
