import { NeonHubError } from '../../base/errors.ts'
import { type FoundChunk, toPromptSources } from '../../knowledge/index.ts'
import type { BrandIntentContext, PromptSource } from '../../runtime/index.ts'
import type { BrandContext } from './load-brand.ts'
import { searchBrand } from './search-brand.ts'

/** Passages that a text may rest on, with the ids that prompts give them. */
export interface Sources {
  readonly found: readonly FoundChunk[]
  readonly prompt: readonly PromptSource[]
}

/**
 * Searches the brand's documents for each of the queries and takes the best passages of each in turn, none twice. Where
 * one of them came from outside, the run is marked.
 * Throws `agents.no_sources` for a brand that has no documents.
 */
export async function findSources(
  context: BrandIntentContext<unknown>,
  { id, brand }: BrandContext,
  { queries, limit }: { readonly queries: readonly string[]; readonly limit: number },
): Promise<Sources> {
  const asked = [...new Set(queries.map((query) => query.trim()).filter((query) => query !== ''))]
  const lists = await searchBrand(context, {
    brandId: id,
    queries: asked.map((query) => ({ query, text: query })),
    limit,
    keys: { embed: 'embed the questions', search: 'search the documents' },
  })
  const found = takeInTurn(lists, limit)
  if (found.length === 0) throw noSources(brand.slug)
  if (found.some(({ untrusted }) => untrusted)) await context.taint()
  return { found, prompt: toPromptSources(found) }
}

/** The first of each list, then the second of each, and so on, without repeats. */
export function takeInTurn(lists: readonly (readonly FoundChunk[])[], limit: number): readonly FoundChunk[] {
  const taken = new Map<string, FoundChunk>()
  const longest = Math.max(0, ...lists.map(({ length }) => length))
  for (let rank = 0; rank < longest; rank += 1) {
    for (const list of lists) {
      const chunk = list[rank]
      if (chunk && taken.size < limit && !taken.has(chunk.chunkId)) taken.set(chunk.chunkId, chunk)
    }
  }
  return [...taken.values()]
}

function noSources(slug: string): NeonHubError {
  return new NeonHubError('agents.no_sources', `The brand ${slug} has no documents to write from`, {
    kind: 'invalid',
    hint: 'Import a folder of Markdown, HTML or text, or the address of a sitemap: neonhub brand import DIR',
  })
}
