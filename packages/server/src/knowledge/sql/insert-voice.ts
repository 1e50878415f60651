import { hashJson } from '../../base/json.ts'
import { type BrandId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { PromptVoice } from '../../llm/spec.ts'

/**
 * Adds a version of the brand's voice where it differs from the newest one. The caller holds the brand's row, so that
 * no two versions take one number.
 */
export async function insertVoice(tx: TenantTx, brandId: BrandId, voice: PromptVoice): Promise<void> {
  const { name, summary, rules, avoid, examples } = voice
  const hash = hashJson({ name, summary, rules, avoid, examples })
  await sql`
    insert into brand_voices
      (organization_id, id, brand_id, version, name, summary, rules, avoid, examples, content_hash)
    select ${tx.organizationId}, ${newId()}::uuid, ${brandId}::uuid, coalesce(newest.version, 0) + 1, ${name}::text,
      ${summary}::text, ${jsonb(rules)}, ${jsonb(avoid)}, ${jsonb(examples)}, ${hash}::text
    from (select 1) as one
    left join lateral (
      select version, content_hash from brand_voices
      where organization_id = ${tx.organizationId} and brand_id = ${brandId}
      order by version desc limit 1
    ) as newest on true
    where newest.content_hash is distinct from ${hash}
  `.execute(tx)
}
