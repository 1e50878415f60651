import { z } from 'zod'
import { asId, type BrandId } from '../../base/ids.ts'
import { compact } from '../../base/compact.ts'
import { sql, type TenantTx } from '../../db/index.ts'

/** A brand's vectors: whose they are, and how far it is on its way to another model. */
export interface BrandEmbeddings {
  readonly id: BrandId
  readonly slug: string
  readonly name: string
  readonly passages: number
  /** `provider:model` in whose space search looks; absent before the first import. */
  readonly model?: string
  readonly change?: {
    /** `provider:model`. */
    readonly to: string
    /** Passages that have their vector in the new space. */
    readonly embedded: number
    /** `waiting` for a worker, `cleaning up` once search has gone over. */
    readonly status: 'waiting' | 'embedding' | 'failed' | 'cleaning up'
    /** Why the last attempt failed; it is made again by itself. */
    readonly error?: { readonly code: string; readonly message: string; readonly hint?: string }
    /** ISO 8601 in UTC. */
    readonly startedAt: string
  }
}

const Failure = z.object({ code: z.string(), message: z.string(), hint: z.string().optional() })

interface Row {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly passages: number
  readonly model: string | null
  readonly to: string | null
  readonly embedded: number
  readonly isSwitched: boolean
  readonly jobStatus: string | null
  readonly error: unknown
  readonly startedAt: Date | null
}

/** The brands of the organization by name, with their embeddings. */
export async function listBrandEmbeddings(tx: TenantTx): Promise<readonly BrandEmbeddings[]> {
  const result = await sql<Row>`
    select b.id, b.slug, b.name, s.provider || ':' || s.model as model, r.provider || ':' || r.model as "to",
      (select count(*) from chunks c where c.organization_id = b.organization_id and c.brand_id = b.id) as passages,
      (
        select count(*) from chunk_embeddings e
        where e.organization_id = b.organization_id and e.brand_id = b.id and e.embedding_space_id = r.embedding_space_id
      ) as embedded,
      r.switched_at is not null as "isSwitched", j.status as "jobStatus", j.error, r.created_at as "startedAt"
    from brands b
    left join embedding_spaces s on s.organization_id = b.organization_id and s.id = b.embedding_space_id
    left join reembeddings r on r.organization_id = b.organization_id and r.brand_id = b.id
    left join agent_jobs j on j.organization_id = r.organization_id and j.id = r.job_id
    where b.organization_id = ${tx.organizationId}
    order by lower(b.name), b.id
  `.execute(tx)
  return result.rows.map((row) => {
    const { id, slug, name, passages, model } = row
    const change = changeOf(row)
    return { id: asId(id), slug, name, passages, ...compact({ model }), ...(change ? { change } : {}) }
  })
}

function changeOf({ to, embedded, isSwitched, jobStatus, error, startedAt }: Row): BrandEmbeddings['change'] {
  if (to === null || startedAt === null) return undefined
  const failure = jobStatus === 'failed' || jobStatus === 'parked' ? Failure.safeParse(error).data : undefined
  const status = failure ? 'failed' : isSwitched ? 'cleaning up' : jobStatus === 'active' ? 'embedding' : 'waiting'
  const told = failure && { code: failure.code, message: failure.message, ...compact({ hint: failure.hint }) }
  return { to, embedded, status, ...(told ? { error: told } : {}), startedAt: startedAt.toISOString() }
}
