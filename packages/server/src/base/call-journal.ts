import { AsyncLocalStorage } from 'node:async_hooks'
import type { LlmCallId, OrganizationId } from './ids.ts'
import { NeonHubError, type RecordedError } from './errors.ts'
import type { OrganizationModels } from './organization-models.ts'

/** Disjoint classes: their sum is the whole. Cached input is not counted in `inputTokens` again. */
export interface TokenUsage {
  readonly inputTokens: number
  readonly cacheReadTokens: number
  readonly cacheWriteTokens: number
  readonly outputTokens: number
  readonly reasoningTokens: number
}

export interface LlmCallStart {
  readonly operation: 'generate' | 'stream' | 'embed'
  readonly provider: string
  readonly requestedModel: string
  /** The organization's own account that is asked; absent where it is the installation's. */
  readonly endpointId?: string | undefined
  /** Canonical hash of the prompt, so that equal requests are seen to be equal. */
  readonly promptHash: string
  /** The prompt and settings as sent, kept so that a person can read what the model was told. */
  readonly request: unknown
  /** Set where it stands in for a model that could not be asked: which, and the code of the reason. */
  readonly fallback?: { readonly of: string; readonly reason: string } | undefined
  /** What the call can cost at most, as estimated before it leaves. */
  readonly atMost: Pick<LlmCallEnd, 'costMicros' | 'currency' | 'costSource'>
}

export interface LlmCallEnd {
  readonly answeredModel?: string
  readonly usage: TokenUsage
  /** Cost in millionths of `currency`. */
  readonly costMicros: number
  readonly currency: string
  /** `price-table` (dated row), `own-price` (the organization's), `provider` (told by the answer), `free` (sandbox, offline), `unknown` (no price known). */
  readonly costSource: 'price-table' | 'own-price' | 'provider' | 'free' | 'unknown'
  readonly timeToFirstTokenMs?: number
  readonly durationMs: number
  readonly finishReason?: string
  readonly response?: unknown
  readonly error?: RecordedError
}

/**
 * Where LLM calls are written before they leave and settled when they return.
 * `beginLlmCall` resolves only once the row is durable; it throws where a policy or a budget forbids the call.
 */
export interface CallJournal {
  readonly organizationId: OrganizationId
  readonly beginLlmCall: (start: LlmCallStart) => Promise<LlmCallId>
  readonly endLlmCall: (id: LlmCallId, end: LlmCallEnd) => Promise<void>
  /** What the organization has set about models; absent, the installation's settings hold. */
  readonly findModels?: () => Promise<OrganizationModels>
  /** The circuit breakers of its providers; absent, none is asked or told. */
  readonly breakers?: ModelBreakers
}

/** The breakers of the accounts at which an organization's models are asked, one for a provider. None of these throws. */
export interface ModelBreakers {
  /** Whether one whose last calls failed may be asked. One that is let through to try has `probeMs` for it. */
  readonly pass: (provider: string, probeMs: number) => Promise<boolean>
  readonly close: (provider: string) => Promise<void>
  readonly noteFault: (provider: string, error: NeonHubError) => Promise<void>
}

const storage = new AsyncLocalStorage<CallJournal>()

/** Runs `work` with every LLM call inside it written to `journal`. */
export function withCallJournal<Result>(journal: CallJournal, work: () => Promise<Result>): Promise<Result> {
  return storage.run(journal, work)
}

/** The journal in force. Throws where there is none: a call that nobody would record is not made. */
export function requireCallJournal(): CallJournal {
  const journal = storage.getStore()
  if (journal) return journal
  throw new NeonHubError(
    'base.no_call_journal',
    'An LLM call was made outside of a run, where it would not be recorded',
    {
      kind: 'internal',
      hint: 'Call models inside a run or inside withCallJournal.',
    },
  )
}
