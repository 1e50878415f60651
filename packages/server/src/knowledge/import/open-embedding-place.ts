import type { BrandId, OrganizationId } from '../../base/ids.ts'
import { type Database, withTenant } from '../../db/index.ts'
import type { EmbeddingModel, Llm } from '../../llm/spec.ts'
import type { EmbeddingSpace } from '../sql/embedding-space.ts'
import { enterSpace } from '../sql/enter-space.ts'

/** Where an import's vectors go, and what makes them. */
export interface EmbeddingPlace {
  readonly embeddings: EmbeddingModel
  readonly spaceId: string
  /** The space in which the brand is searched. Another than `spaceId` only where its model cannot be asked here. */
  readonly searchedSpaceId: string
}

/**
 * Passages are embedded in the space in which their brand is searched, so that they are found at once. While the brand
 * is on its way to another model, that way embeds them again. Where the old model cannot be asked any more, they are
 * embedded in the new space, and found by their words until the brand is there.
 */
export async function openEmbeddingPlace(
  { database, llm }: { readonly database: Database; readonly llm: Pick<Llm, 'embeddings' | 'embeddingsOf'> },
  {
    organizationId,
    brandId,
    space,
  }: { readonly organizationId: OrganizationId; readonly brandId: BrandId; readonly space: EmbeddingSpace },
): Promise<EmbeddingPlace> {
  const { searched, own } = await withTenant(database, organizationId, (tx) => enterSpace(tx, { brandId, space }))
  const embeddings = llm.embeddingsOf(searched)
  return {
    embeddings: embeddings ?? llm.embeddings,
    spaceId: embeddings ? searched.id : own.id,
    searchedSpaceId: searched.id,
  }
}
