import { withCallJournal } from '../../base/call-journal.ts'
import type { OrganizationId } from '../../base/ids.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { ModelProvider } from '../../base/organization-models.ts'
import { type Database, withTenant } from '../../db/index.ts'
import type { Llm } from '../../llm/index.ts'
import { createStandaloneJournal } from '../llm-journal.ts'
import { listEndpoints, recordEndpointCheck } from './endpoints.ts'
import { findModels } from './find-models.ts'

/** How long a provider has to answer a check. */
const checkTimeoutMs = 30_000

/**
 * Asks the organization's account at a provider for one word, as a call on record that costs what it costs, and keeps
 * what came of it. Throws `runtime.endpoint_not_found`, and `runtime.endpoint_invalid` where no model is known to ask.
 */
export async function checkEndpoint(
  parts: {
    readonly database: Database
    readonly masterKey: Uint8Array
    readonly fetch: typeof globalThis.fetch
    readonly llm: Llm
  },
  organizationId: OrganizationId,
  { provider, model }: { readonly provider: ModelProvider; readonly model: string | undefined },
): Promise<void> {
  const { database, llm } = parts
  const endpoints = await withTenant(database, organizationId, listEndpoints)
  const endpoint = endpoints.find((one) => one.provider === provider)
  if (!endpoint) throw endpointNotFound(provider)
  const asked = model ?? endpoint.defaultModel ?? llm.suggestedModel(provider)
  if (asked === undefined) {
    throw new NeonHubError('runtime.endpoint_invalid', 'Nobody but its owner knows which models this server has', {
      kind: 'invalid',
      hint: 'Name the model to ask.',
      issues: [{ path: 'model', message: 'is missing' }],
    })
  }
  const journal = {
    ...createStandaloneJournal({ database, organizationId }),
    findModels: () => findModels(parts, organizationId),
  }
  const error = await withCallJournal(journal, () => ask(llm, `${provider}:${asked}`))
  await withTenant(database, organizationId, (tx) => recordEndpointCheck(tx, { provider, error }))
}

/** What the provider complained about; undefined where it answered. */
async function ask(llm: Llm, model: string): Promise<string | undefined> {
  try {
    await llm.generateText({
      model,
      prompt: { task: 'Answer with one word: ready' },
      signal: AbortSignal.timeout(checkTimeoutMs),
    })
    return undefined
  } catch (error) {
    if (error instanceof NeonHubError && isAnswer(error)) return error.message
    throw error
  }
}

/** What the provider said, or the way to it; a fault of our own journal is no answer to the check. */
const isAnswer = ({ code }: NeonHubError) =>
  (code.startsWith('llm.') && code !== 'llm.not_recorded') ||
  code === 'base.address_refused' ||
  code === 'base.host_unknown'

/** In the same words for whatever provider. */
export const endpointNotFound = (provider: ModelProvider) =>
  new NeonHubError('runtime.endpoint_not_found', `The organization has no account of its own at ${provider}`, {
    kind: 'not_found',
    hint: `Add one: neonhub models set ${provider}`,
  })
