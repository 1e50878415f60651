import { type BrandId, newId } from '../../base/ids.ts'
import { jsonb, sql, type TenantTx } from '../../db/index.ts'
import type { Persona } from './list-personas.ts'

/** Makes these the brand's personas: adds and changes by name, and deletes all others. */
export async function replacePersonas(tx: TenantTx, brandId: BrandId, personas: readonly Persona[]): Promise<void> {
  const names = jsonb(personas.map(({ name }) => name))
  await sql`
    delete from personas
    where organization_id = ${tx.organizationId} and brand_id = ${brandId}
      and name not in (select value::citext from jsonb_array_elements_text(${names}))
  `.execute(tx)
  await sql`
    insert into personas as p (organization_id, id, brand_id, name, role, goals, pains, channels, keywords)
    select ${tx.organizationId}, r.id, ${brandId}::uuid, r.name, r.role, r.goals, r.pains, r.channels, r.keywords
    from jsonb_to_recordset(${jsonb(personas.map((persona) => ({ id: newId(), ...persona })))})
      as r (id uuid, name citext, role text, goals jsonb, pains jsonb, channels jsonb, keywords jsonb)
    on conflict (organization_id, brand_id, name) do update set
      name = excluded.name, role = excluded.role, goals = excluded.goals, pains = excluded.pains,
      channels = excluded.channels, keywords = excluded.keywords, updated_at = now()
    where (p.name::text, p.role, p.goals, p.pains, p.channels, p.keywords) is distinct from
      (excluded.name::text, excluded.role, excluded.goals, excluded.pains, excluded.channels, excluded.keywords)
  `.execute(tx)
}
