import { z } from 'zod'
import type { BrandId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

const Texts = z.array(z.string())

/** One of the people whom a brand speaks to. */
export interface Persona {
  readonly name: string
  readonly role: string
  readonly goals: string[]
  readonly pains: string[]
  readonly channels: string[]
  readonly keywords: string[]
}

/** The personas of the brand, by name. */
export async function listPersonas(tx: TenantTx, brandId: BrandId): Promise<Persona[]> {
  const rows = await tx
    .selectFrom('personas')
    .select(['name', 'role', 'goals', 'pains', 'channels', 'keywords'])
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .orderBy('name')
    .execute()
  return rows.map((row) => ({
    name: row.name,
    role: row.role,
    goals: Texts.parse(row.goals),
    pains: Texts.parse(row.pains),
    channels: Texts.parse(row.channels),
    keywords: Texts.parse(row.keywords),
  }))
}
