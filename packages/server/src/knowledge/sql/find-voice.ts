import { z } from 'zod'
import type { BrandId } from '../../base/ids.ts'
import type { TenantTx } from '../../db/index.ts'

const Sentences = z.array(z.string())

/** How a brand speaks, as prompts take it, with its version. */
export interface Voice {
  /** From 1; a version never changes. */
  readonly version: number
  readonly name: string
  readonly summary: string
  readonly rules: string[]
  readonly avoid: string[]
  readonly examples: string[]
}

/** The newest version of the brand's voice, or undefined where it has none. */
export async function findVoice(tx: TenantTx, brandId: BrandId): Promise<Voice | undefined> {
  const row = await tx
    .selectFrom('brand_voices')
    .select(['version', 'name', 'summary', 'rules', 'avoid', 'examples'])
    .where('organization_id', '=', tx.organizationId)
    .where('brand_id', '=', brandId)
    .orderBy('version', 'desc')
    .limit(1)
    .executeTakeFirst()
  if (!row) return undefined
  return {
    version: row.version,
    name: row.name,
    summary: row.summary,
    rules: Sentences.parse(row.rules),
    avoid: Sentences.parse(row.avoid),
    examples: Sentences.parse(row.examples),
  }
}
