import { type BrandId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Keyword } from './list-keywords.ts'

/** Makes these the brand's keywords: adds and changes by term, and deletes all others. */
export async function replaceKeywords(tx: TenantTx, brandId: BrandId, keywords: readonly Keyword[]): Promise<void> {
  const terms = jsonb(keywords.map(({ term }) => term))
  await sql`
    delete from keywords
    where organization_id = ${tx.organizationId} and brand_id = ${brandId}
      and term not in (select value::citext from jsonb_array_elements_text(${terms}))
  `.execute(tx)
  await sql`
    insert into keywords as k (organization_id, id, brand_id, term, intent, volume, difficulty, persona)
    select ${tx.organizationId}, r.id, ${brandId}::uuid, r.term, r.intent, r.volume, r.difficulty, r.persona
    from jsonb_to_recordset(${jsonb(keywords.map((keyword) => ({ id: newId(), ...keyword })))})
      as r (id uuid, term citext, intent text, volume integer, difficulty integer, persona text)
    on conflict (organization_id, brand_id, term) do update set
      term = excluded.term, intent = excluded.intent, volume = excluded.volume, difficulty = excluded.difficulty,
      persona = excluded.persona, updated_at = now()
    where (k.term::text, k.intent, k.volume, k.difficulty, k.persona) is distinct from
      (excluded.term::text, excluded.intent, excluded.volume, excluded.difficulty, excluded.persona)
  `.execute(tx)
}
