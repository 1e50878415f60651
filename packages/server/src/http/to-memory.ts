import type { Memory } from '@neonhub/contract'
import type { Memory as Stored } from '../knowledge/index.ts'

/** A memory as the contract shows it. */
export const toMemory = ({ expiresAt, createdAt, updatedAt, ...memory }: Stored): Memory => ({
  ...memory,
  expiresAt: expiresAt?.toISOString(),
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})
