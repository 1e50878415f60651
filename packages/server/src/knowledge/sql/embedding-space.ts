/** Vectors compare only within one space. */
export interface EmbeddingSpace {
  readonly provider: string
  readonly model: string
  readonly dimensions: number
}

/** A space that an organization has vectors in. */
export interface StoredSpace extends EmbeddingSpace {
  readonly id: string
}
