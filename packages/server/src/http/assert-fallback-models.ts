import type { TenantTx } from '../db/index.ts'
import type { HttpParts } from './parts.ts'

/** Checks that each could be asked. Throws what `assertModel` does, for the first that could not. */
export async function assertFallbackModels(
  { services }: HttpParts,
  tx: TenantTx,
  models: readonly string[],
): Promise<void> {
  for (const model of models) await services.assertModel(tx, model)
}
