import type { ApiKey as ApiKeyAnswer } from '@neonhub/contract'
import type { ApiKey } from '../identity/index.ts'

/** A key as the contract shows it. */
export function toApiKey({ scopes, createdAt, expiresAt, revokedAt, lastUsedAt, ...key }: ApiKey): ApiKeyAnswer {
  return {
    ...key,
    scopes: [...scopes],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString(),
    revokedAt: revokedAt?.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString(),
  }
}
