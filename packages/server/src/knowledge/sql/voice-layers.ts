import { z } from 'zod'
import { hashJson } from '../../base/json.ts'
import { type BrandId, newId } from '../../base/ids.ts'
import { jsonb, type TenantTx } from '../../db/index.ts'
import type { PromptVoice } from '../../llm/spec.ts'

const Sentences = z.array(z.string())

/** What a tuned version adds to a voice: it stands behind what people wrote. */
export interface LearnedVoice {
  readonly modelVersionId: string
  readonly rules: readonly string[]
  readonly examples: readonly string[]
}

/** A voice taken apart: what people wrote, and what was learned. */
export interface VoiceLayers {
  readonly written: PromptVoice
  /** Absent for a brand that never had a tuned version. */
  readonly learned: LearnedVoice | undefined
}

/** The newest version of the brand's voice, taken apart; undefined where it has none. */
export async function findVoiceLayers(
  tx: TenantTx,
  brandId: BrandId,
): Promise<(VoiceLayers & { readonly version: number; readonly contentHash: string }) | undefined> {
  const row = await tx
    .selectFrom('brand_voices')
    .selectAll()
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  const rules = split(Sentences.parse(row.rules), row.learned_rules)
  const examples = split(Sentences.parse(row.examples), row.learned_examples)
  const { name, summary, version, content_hash: contentHash, model_version_id: modelVersionId } = row
  return {
    version,
    contentHash,
    written: { name, summary, rules: rules.first, avoid: Sentences.parse(row.avoid), examples: examples.first },
    learned: modelVersionId === null ? undefined : { modelVersionId, rules: rules.last, examples: examples.last },
  }
}

const split = (all: readonly string[], count: number) => ({
  first: all.slice(0, all.length - count),
  last: all.slice(all.length - count),
})

/** A voice as prompts take it: what was learned stands behind what people wrote. */
export function joinLayers({ written, learned }: VoiceLayers): PromptVoice {
  if (!learned) return written
  return {
    ...written,
    rules: [...written.rules, ...learned.rules],
    examples: [...written.examples, ...learned.examples],
  }
}

/**
 * Adds a version of the brand's voice where it differs from the newest one, and returns the number of the one that holds
 * now. The caller holds the brand's row, so that no two versions take one number.
 */
export async function addVoiceVersion(tx: TenantTx, brandId: BrandId, layers: VoiceLayers): Promise<number> {
  const newest = await findVoiceLayers(tx, brandId)
  const { name, summary, rules, avoid, examples } = joinLayers(layers)
  const contentHash = hashJson({ name, summary, rules, avoid, examples })
  const isSame =
    newest?.contentHash === contentHash && newest.learned?.modelVersionId === layers.learned?.modelVersionId
  if (newest && isSame) return newest.version
  const version = (newest?.version ?? 0) + 1
  await tx
    .insertInto('brand_voices')
    .values({
      organization_id: tx.organizationId,
      id: newId(),
      brand_id: brandId,
      version,
      name,
      summary,
      rules: jsonb(rules),
      avoid: jsonb(avoid),
      examples: jsonb(examples),
      content_hash: contentHash,
      model_version_id: layers.learned?.modelVersionId ?? null,
      learned_rules: layers.learned?.rules.length ?? 0,
      learned_examples: layers.learned?.examples.length ?? 0,
    })
    .execute()
  return version
}
