import { findSearchSpace, listMemoriesToEmbed, recallMemories, storeMemoryVectors } from '../../knowledge/index.ts'
import type { BrandIntentContext } from '../../runtime/index.ts'

/** Enough to be of use, and few enough that each is read. */
const mostRecalled = 8

/** What is remembered of the brand, as a fact of a prompt; nothing where nothing is. */
export interface Recalled {
  readonly remembered?: readonly { readonly kind: string; readonly text: string }[]
}

/** What a text is about, as memories are looked for. */
export const queryOf = ({ topic, objective }: { readonly topic: string; readonly objective?: string | undefined }) =>
  [topic, objective ?? ''].join('\n').trim()

/**
 * What the brand's people and agents wanted remembered that has to do with the query, for this agent. Memories that have
 * no vector in the brand's space, since they are new or the brand changed its model, get theirs with the query's. All of
 * it in steps, so that a resumed run is told the same; a brand without memories costs no call.
 */
export async function recall(
  context: BrandIntentContext<unknown>,
  { agent, query }: { readonly agent: string; readonly query: string },
): Promise<Recalled> {
  const { brandId } = context
  const whom = { brandId, agent }
  const known = await context.transaction('look for memories', async (tx) => {
    const space = await findSearchSpace(tx, brandId)
    return { space: space ?? null, ...(await listMemoriesToEmbed(tx, { ...whom, spaceId: space?.id })) }
  })
  if (known.count === 0) return {}
  const texts = [query, ...known.missing.map(({ text }) => text)]
  const embedded = await context.llm.embedIn('embed what is recalled', { texts, space: known.space ?? undefined })
  const [vector = [], ...made] = embedded.vectors
  const space = { ...embedded.space, dimensions: vector.length }
  const recalled = await context.transaction('recall memories', async (tx) => {
    const vectors = known.missing.map((memory, index) => ({ ...memory, vector: made[index] ?? [] }))
    await storeMemoryVectors(tx, { space, vectors })
    return recallMemories(tx, { ...whom, space, vector, limit: mostRecalled })
  })
  return recalled.length === 0 ? {} : { remembered: recalled.map(({ kind, text }) => ({ kind, text })) }
}
