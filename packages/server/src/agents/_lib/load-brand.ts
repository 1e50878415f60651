import type { BrandId } from '../../base/ids.ts'
import {
  type BrandFacts,
  findVoice,
  getBrand,
  type Keyword,
  listKeywords,
  listPersonas,
  type Persona,
} from '../../knowledge/index.ts'
import type { BrandIntentContext, PromptVoice } from '../../runtime/index.ts'

/** What an agent knows of the brand that it writes for. */
export interface BrandContext {
  readonly id: BrandId
  readonly brand: BrandFacts
  readonly voice: (PromptVoice & { readonly version: number }) | undefined
  readonly keywords: readonly Keyword[]
  readonly personas: readonly Persona[]
}

/** Loads the brand with its voice, keywords and personas, once for the whole run. */
export async function loadBrand(context: BrandIntentContext<unknown>): Promise<BrandContext> {
  const { brandId: id } = context
  const loaded = await context.transaction('load the brand', async (tx) => ({
    brand: await getBrand(tx, id),
    voice: await findVoice(tx, id),
    keywords: await listKeywords(tx, id),
    personas: await listPersonas(tx, id),
  }))
  return { id, ...loaded }
}

/** The voice as a prompt takes it; nothing for a brand without one. */
export function voicePart({ voice }: BrandContext): { readonly voice?: PromptVoice } {
  if (!voice) return {}
  const { name, summary, rules, avoid, examples } = voice
  return { voice: { name, summary, rules, avoid, examples } }
}

/** What the brand is, as facts of a prompt. The audience asked for goes before the brand's own. */
export function brandFacts({ brand }: BrandContext, audience?: string): Readonly<Record<string, unknown>> {
  return {
    brandName: brand.name,
    brandDescription: brand.description,
    audience: audience ?? brand.audience,
    language: brand.language,
  }
}
