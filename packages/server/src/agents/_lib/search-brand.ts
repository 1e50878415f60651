import type { BrandId } from '../../base/ids.ts'
import { findSearchSpace, type FoundChunk, searchChunks } from '../../knowledge/index.ts'
import type { IntentContext } from '../../runtime/index.ts'

export interface SearchBrand {
  readonly brandId: BrandId
  /** What is looked for: by its words, and by the meaning of a text that may be longer. */
  readonly queries: readonly { readonly query: string; readonly text: string }[]
  readonly limit: number
  readonly perDocument?: number
  /** What the steps are called in the trace. */
  readonly keys: { readonly embed: string; readonly search: string }
}

/** A brand changes its embedding model at most so often between two steps before the passages found by words must do. */
const mostRounds = 3

/**
 * The passages of a brand for each query, best first. The questions are embedded by the model of the brand's stored
 * vectors, which need not be the installation's: it is another while passages are embedded anew. Where the brand went
 * over to a new model between the embedding and the search, which days may lie between, they are embedded again.
 */
export async function searchBrand(
  context: Pick<IntentContext<unknown>, 'transaction' | 'llm'>,
  { brandId, queries, limit, perDocument, keys }: SearchBrand,
): Promise<readonly (readonly FoundChunk[])[]> {
  const texts = queries.map(({ text }) => text)
  for (let round = 1; ; round += 1) {
    const again = round === 1 ? '' : ` (${round})`
    const chosen = await context.transaction(`find the space to ${keys.embed} in${again}`, async (tx) => {
      return (await findSearchSpace(tx, brandId)) ?? null
    })
    const { space, vectors } = await context.llm.embedIn(`${keys.embed}${again}`, { texts, space: chosen ?? undefined })
    const found = await context.transaction(`${keys.search}${again}`, async (tx) => {
      const current = await findSearchSpace(tx, brandId)
      if (current?.id !== chosen?.id && round < mostRounds) return null
      const lists: (readonly FoundChunk[])[] = []
      for (const [index, { query }] of queries.entries()) {
        const vector = vectors[index] ?? []
        const request = { brandId, query, vector, space: { ...space, dimensions: vector.length }, limit }
        lists.push(await searchChunks(tx, perDocument === undefined ? request : { ...request, perDocument }))
      }
      return lists
    })
    if (found) return found
  }
}
