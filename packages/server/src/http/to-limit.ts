import type { Limit } from '@neonhub/contract'
import type { Limit as StoredLimit } from '../runtime/index.ts'

/** A limit as the contract shows it. */
export const toLimit = ({ updatedAt, ...limit }: StoredLimit): Limit => ({
  ...limit,
  updatedAt: updatedAt.toISOString(),
})
