import type { TenantTx } from '../../db/index.ts'
import type { Llm } from '../../llm/index.ts'
import { listEndpoints } from './endpoints.ts'

/**
 * Checks that a model could be asked for this organization: by the installation, or by an account of its own. Throws
 * `llm.model_unknown`, `llm.provider_unknown` or `llm.provider_not_configured`.
 */
export async function assertModel(tx: TenantTx, llm: Pick<Llm, 'languageModel'>, model: string): Promise<void> {
  const own = (await listEndpoints(tx)).some(({ provider }) => model.startsWith(`${provider}:`))
  if (!own) llm.languageModel(model)
}
