import type { InferenceEndpoint, ModelPrice } from '@neonhub/contract'
import type { TenantTx } from '../db/index.ts'
import { type EndpointSummary, endpointNotFound, listEndpoints, type OwnPrice } from '../runtime/index.ts'

/** An account at a provider as the contract shows it: never its key. */
export const toEndpoint = ({ checkedAt, updatedAt, ...endpoint }: EndpointSummary): InferenceEndpoint => ({
  ...endpoint,
  checkedAt: checkedAt?.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

/** Throws `runtime.endpoint_not_found`. */
export async function getEndpoint(tx: TenantTx, provider: InferenceEndpoint['provider']): Promise<InferenceEndpoint> {
  const endpoint = (await listEndpoints(tx)).find((one) => one.provider === provider)
  if (!endpoint) throw endpointNotFound(provider)
  return toEndpoint(endpoint)
}

export const toPrice = ({ updatedAt, ...price }: OwnPrice): ModelPrice => ({
  ...price,
  updatedAt: updatedAt.toISOString(),
})
