import type { z } from 'zod'
import type { ResolveHost } from '../base/address-guard.ts'
import type { Clock } from '../base/clock.ts'
import type { RecordedError } from '../base/errors.ts'
import type { ApprovalId, BrandId, OrganizationId, RunId, ToolExecutionId } from '../base/ids.ts'
import type { Logger } from '../base/log.ts'
import type { Metrics } from '../base/metrics.ts'
import type { OAuthApps } from '../base/oauth-apps.ts'
import type { Database, TenantTx } from '../db/index.ts'
import type { GenerationResult, Llm, Prompt, PromptSource, PromptVoice } from '../llm/index.ts'
import type { Queue } from '../queue/index.ts'

export type { GenerationResult, Prompt, PromptSource, PromptVoice }

export type RunStatus = 'queued' | 'running' | 'waiting' | 'succeeded' | 'failed' | 'needs_attention' | 'cancelled'
/** Which of an organization's runs goes first; `normal` where nothing is said. Between organizations it says nothing. */
export type RunPriority = 'interactive' | 'normal' | 'bulk'
export type RunWaitingReason = 'approval' | 'unknown_effect' | 'child' | 'send_time' | 'budget' | 'time' | 'event'
export type ToolExecutionStatus =
  | 'planned'
  | 'awaiting_approval'
  | 'executing'
  | 'succeeded'
  | 'failed'
  | 'unknown'
  | 'denied'
  | 'expired'
  | 'simulated'
export type ApprovalStatus = 'pending' | 'approved' | 'denied' | 'expired' | 'used'

/** What an agent may do. Everything that is not named is forbidden. */
export interface AgentPolicy {
  /** Tools by name (`email.send`). */
  readonly tools: readonly string[]
  /** Agents whose intents it may start as child runs. */
  readonly agents?: readonly string[]
  /** Ceiling of a run's LLM cost, in millionths of the price currency; children included. */
  readonly maxCostMicros: number
  /**
   * Tools whose messages to people are no marketing: they answer what the person asked for. All others need a consent
   * that was granted. The agent's code says so, never a model.
   */
  readonly transactional?: readonly string[]
  /** Tools whose calls need no approval unless the run is tainted. All others with an effect need one. */
  readonly withoutApproval?: readonly string[]
}

/** A task as the code words it: version 0 of a prompt that organizations may replace by texts of their own. */
export interface TaskTemplate<Name extends string = string> {
  /** The key of the step that asks it; with {name} in it where that varies. Unique within an intent. */
  readonly key: string
  /** With {name} where a value stands. A line of which nothing is left once its values are filled in is left out. */
  readonly text: string
  /** What stands for each name, for whoever writes another text. */
  readonly values: Readonly<Record<Name, string>>
}

/** A task with its values; `fillTask` makes one. */
export interface FilledTask {
  readonly template: TaskTemplate
  readonly values: Readonly<Record<string, string | number>>
}

/** A prompt whose task an organization may have replaced, or one whose task stands in the code alone. */
export type StepPrompt = Omit<Prompt, 'task'> & { readonly task: string | FilledTask }

/** One thing an agent can be asked. */
export interface Intent<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Context = IntentContext<z.output<Input>>,
> {
  readonly description: string
  readonly input: Input
  readonly output: Output
  /** A run of it that names no brand is refused before it is written. */
  readonly needsBrand: boolean
  /** How long an attempt at it may take, in milliseconds; the runtime's `attemptMs` where absent. Waits are not counted. */
  readonly attemptMs?: number
  /** The tasks that it asks models, whose texts an organization may replace. */
  readonly tasks?: readonly TaskTemplate[]
  readonly run: (context: Context) => Promise<z.input<Output>>
}

/** What the registry knows of an agent. `defineAgent` makes one from typed intents. */
export interface Agent {
  readonly name: string
  readonly description: string
  readonly kind: 'copilot' | 'workflow' | 'analyst'
  readonly policy: AgentPolicy
  readonly intents: Readonly<Record<string, Intent>>
}

/** What a handler is handed. Every effect goes through here and is on record before it happens. */
export interface IntentContext<Input> {
  readonly runId: RunId
  readonly organizationId: OrganizationId
  readonly brandId: BrandId | undefined
  readonly input: Input
  /** Fires when the run is cancelled or its lease is lost. */
  readonly signal: AbortSignal
  /**
   * A memoized piece of work: where `key` is finished its stored result is returned and `work` is not run again. The
   * result must be JSON. `options.input` is hashed: a stored result for another input stops the run.
   */
  readonly step: <Result>(
    key: string,
    work: () => Promise<Result>,
    options?: { readonly input?: unknown },
  ) => Promise<Result>
  /** Like `step`, with a transaction inside the organization for `work`, which commits together with the record of the step. */
  readonly transaction: <Result>(
    key: string,
    work: (tx: TenantTx) => Promise<Result>,
    options?: { readonly input?: unknown },
  ) => Promise<Result>
  readonly llm: StepLlm
  readonly tools: {
    /** Calls a tool through the ledger. Where it needs an approval, the run waits and holds no process. */
    readonly call: (key: string, call: ToolCall) => Promise<ToolResult>
  }
  /**
   * Waits as a step, and holds no process meanwhile: for so many milliseconds from the first time that it is asked, or until
   * a moment, both by the database's clock and a few seconds late at most. A dry run does not wait.
   */
  readonly sleep: (key: string, length: { readonly ms: number } | { readonly until: Date }) => Promise<void>
  /**
   * Waits as a step for an event that this run is told (`POST /v1/runs/{id}/signals`), and holds no process meanwhile. Each
   * event is taken once, the oldest of its name first, and one that came before anybody waited counts. It marks the run, as
   * all text from outside does. Null where none came within `timeoutMs` (30 days where absent), and in a dry run.
   */
  readonly waitForEvent: (
    key: string,
    wait: { readonly event: string; readonly timeoutMs?: number },
  ) => Promise<RunSignal | null>
  /** Runs another agent's intent as a child run with a journal of its own. */
  readonly child: (
    key: string,
    call: { readonly agent: string; readonly intent: string; readonly input: unknown },
  ) => Promise<unknown>
  /**
   * The link with which a recipient stops further mail, as a step, so that it stays the same in a resumed run.
   * Undefined where this installation is not reached by HTTPS, which one-click unsubscribing asks for (RFC 8058).
   */
  readonly unsubscribeUrl: (key: string, address: string) => Promise<string | undefined>
  /** Marks the run: text from outside has reached it, so that from now on every effect needs an approval. */
  readonly taint: () => Promise<void>
}

/** An event that a run was told. */
export interface RunSignal {
  readonly data: unknown
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly sentBy: string
  /** ISO 8601. */
  readonly sentAt: string
}

/** What a handler that works for a brand is handed. */
export type BrandIntentContext<Input> = IntentContext<Input> & { readonly brandId: BrandId }

/** Model calls as steps: memoized under their key, each call on record. */
export interface StepLlm {
  readonly text: (
    key: string,
    options: {
      readonly prompt: StepPrompt
      readonly model?: string
      /** What is wrong with an answer, which is then sent back once: "cites no passage". */
      readonly findFaults?: (text: string) => readonly string[]
    },
  ) => Promise<GenerationResult<string>>
  readonly object: <Schema extends z.ZodType>(
    key: string,
    options: {
      readonly prompt: StepPrompt
      readonly schema: Schema
      readonly schemaName?: string
      readonly model?: string
    },
  ) => Promise<GenerationResult<z.output<Schema>>>
  /** Vectors of texts by the installation's model, as a step. They compare with each other, and with no stored ones. */
  readonly embed: (key: string, texts: readonly string[]) => Promise<readonly (readonly number[])[]>
  /**
   * Vectors of texts to compare with stored ones, as a step: by the model of `space`, or by the installation's where there
   * is none or its model cannot be asked here. Vectors compare only within one space, so the answer names theirs.
   */
  readonly embedIn: (
    key: string,
    request: { readonly texts: readonly string[]; readonly space: VectorModel | undefined },
  ) => Promise<{ readonly space: VectorModel; readonly vectors: readonly (readonly number[])[] }>
}

/** Whose vectors some are; their dimension is their length. */
export interface VectorModel {
  readonly provider: string
  readonly model: string
}

export interface ToolCall {
  /** `connector.action`. */
  readonly tool: string
  /** Name of the organization's connection; the connector's id where absent. */
  readonly connection?: string
  readonly input: unknown
}

export interface ToolResult {
  readonly id: ToolExecutionId
  /** `denied` and `expired` are answers of people, and `failed` of a provider, that a handler can go on from. */
  readonly status: 'succeeded' | 'failed' | 'denied' | 'expired'
  readonly output: unknown
  readonly error: RecordedError | undefined
  /** The run is a dry run: nothing has left, and `output` is made up. */
  readonly isSimulated?: true
}

/** What the runtime is made of. */
export interface RuntimeParts {
  readonly database: Database
  readonly queue: Queue
  readonly llm: Llm
  readonly agents: ReadonlyMap<string, Agent>
  readonly clock: Clock
  readonly logger: Logger
  readonly metrics: Metrics
  readonly fetch: typeof fetch
  readonly resolveHost: ResolveHost
  /** Where people reach this installation, without a path: what unsubscribe links begin with. */
  readonly publicUrl: string
  /** 32 bytes from which the keys that seal credentials and sign links are derived. */
  readonly masterKey: Uint8Array
  /** `USE_MOCK_CONNECTORS`, as the configuration reads it. */
  readonly mockConnectors: boolean | undefined
  /** By which the access of connected accounts is refreshed. Default: none. */
  readonly oauthApps?: OAuthApps
  /** How long a worker holds a run without renewing, in milliseconds. Default 10,000. */
  readonly leaseMs?: number
  /** How long an attempt at a run may take before a person must look at it, in milliseconds. Default an hour. */
  readonly attemptMs?: number
  /** How long a person has to decide on an approval, in milliseconds. Default 7 days. */
  readonly approvalTtlMs?: number
}

export interface StartRun {
  readonly agent: string
  readonly intent: string
  /** Slug of the organization's brand. */
  readonly brand?: string
  readonly input: unknown
  /** `user:ID`, `api_key:ID`, `trigger:ID of NAME`, `schedule:ID of NAME`, `eval:ID of NAME` or `cli`. */
  readonly requestedBy: string
  /** Its input comes from outside: every effect needs an approval, as in a run that read such a text. */
  readonly tainted?: boolean
  /** Says yes beforehand to what would wait for an approval. */
  readonly approveAll?: boolean
  /** Asks the newest drafts of the organization's prompts in the place of the active ones. */
  readonly tryDrafts?: boolean
  readonly priority?: RunPriority
  /** No effect leaves: each is judged, written down and simulated. `approveAll` says nothing then. */
  readonly dryRun?: DryRun
  /** The same key with the same request returns the run that it started. */
  readonly idempotencyKey?: string
}

/** How a dry run reads: from the providers, or as it has effects, from nobody. */
export interface DryRun {
  readonly stubReads: boolean
}

/** Which text of a prompt a run is asked with, whatever is in force. Version 0 is the code's. */
export interface PromptOverride {
  readonly agent: string
  readonly intent: string
  readonly key: string
  readonly version: number
}

/** What a run and those below it are asked with in the place of what the organization has set. */
export interface RunOverrides {
  /** `provider:model`. */
  readonly model?: string
  readonly prompts?: PromptOverride[]
}

/** What a run is made of, where it is made of another one. */
export interface ForkRun {
  /** The key of the step, call or child run from which it goes on by itself; from the start where absent. */
  readonly from?: string
  /** `provider:model`: asked in the whole tree, whatever is configured. */
  readonly model?: string
  readonly prompts?: readonly PromptOverride[]
  /** Another input; only where it starts from the start. */
  readonly input?: unknown
  /** Absent: what comes after `from` has its effects, each with an approval of its own where it needs one. */
  readonly dryRun?: DryRun
  readonly requestedBy: string
  readonly idempotencyKey?: string
}

/**
 * What is written, or read, in the transaction that starts or steers a run: who did it, say. It is not asked where nothing
 * was started or steered. A start tells it the run's id.
 */
export type Alongside<Result = void, Told extends readonly unknown[] = []> = (
  tx: TenantTx,
  ...told: Told
) => Promise<Result>
export type AlongsideStart = Alongside<void, [runId: RunId]>

export interface StartedRun {
  readonly runId: RunId
  /** False where the idempotency key had started it before. */
  readonly isNew: boolean
}

/** The door for everything that starts, steers or reads runs. Reading functions take a TenantTx (`runtime/index.ts`). */
export interface Runtime {
  /**
   * Checks agent, intent, brand and input, writes the run and its job in one transaction, and hands the job to the queue.
   * Throws `runtime.agent_unknown`, `runtime.intent_unknown`, `runtime.intent_of_other_agent`, `runtime.input_invalid`,
   * `runtime.brand_unknown`, `runtime.idempotency_conflict`. `alongside` is written in that transaction, where the run is new.
   */
  readonly startRun: (
    organizationId: OrganizationId,
    request: StartRun,
    alongside?: AlongsideStart,
  ) => Promise<StartedRun>
  /**
   * Makes a run of another one: what had ended in it before a step is on the new run's record from the beginning, at no
   * cost and with no effect, and the rest runs anew. Throws what `startRun` throws, `runtime.run_not_found`,
   * `runtime.step_not_found`, `runtime.fork_of_child`, `runtime.fork_of_dry_run`, `runtime.fork_input_fixed`,
   * `runtime.fork_unsettled`, `runtime.intent_changed`, `runtime.prompt_unknown`, `runtime.prompt_version_unknown`,
   * `runtime.prompt_invalid`, and as a model's name is checked.
   */
  readonly forkRun: (
    organizationId: OrganizationId,
    source: RunId,
    request: ForkRun,
    alongside?: AlongsideStart,
  ) => Promise<StartedRun>
  /** Puts a failed run, or one that needs attention, back on the queue: finished steps keep their results. */
  readonly resumeRun: (organizationId: OrganizationId, runId: RunId, alongside?: Alongside) => Promise<void>
  /** Cancels the whole tree of a run. What is in flight is told by its signal; what happened stays on record. */
  readonly cancelRun: (organizationId: OrganizationId, runId: RunId, alongside?: Alongside) => Promise<void>
  /**
   * Tells a run of an event that it waits for, or will. The same key tells it once; false where it had been told. Throws
   * `runtime.run_not_found`, `runtime.run_over`, `runtime.too_many_signals`.
   */
  readonly signalRun: (
    organizationId: OrganizationId,
    runId: RunId,
    signal: {
      readonly name: string
      readonly data: unknown
      readonly sentBy: string
      readonly idempotencyKey?: string | undefined
    },
    alongside?: Alongside,
  ) => Promise<boolean>
  /** Resolves once the run is succeeded, failed, cancelled, waiting or needs attention; undefined at the deadline. */
  readonly waitForRun: (
    organizationId: OrganizationId,
    runId: RunId,
    options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
  ) => Promise<RunStatus | undefined>
  /** A person's answer; resolves to what `alongside` says. Throws `runtime.approval_over` where it was decided, has expired, or is not there. */
  readonly decideApproval: <Result = void>(
    organizationId: OrganizationId,
    approvalId: ApprovalId,
    decision: {
      readonly approve: boolean
      readonly by: string
      readonly note?: string | undefined
      /** The hash that the person was shown, where it is known: the answer counts for these bytes alone. */
      readonly argumentsHash?: string | undefined
    },
    alongside?: Alongside<Result>,
  ) => Promise<Result | undefined>
  /** A person's word on an execution whose outcome is unknown. The run goes on from it. */
  readonly settleToolExecution: (
    organizationId: OrganizationId,
    toolExecutionId: ToolExecutionId,
    settlement: { readonly outcome: 'succeeded' | 'failed'; readonly by: string; readonly note?: string | undefined },
    alongside?: Alongside,
  ) => Promise<void>
  /**
   * Looks after a root run that nothing else would wake: an approval of it has expired, or no job and no holder has it.
   * Puts it back on the queue, or makes it `needs_attention` where its jobs fail again and again. `ops` finds the runs.
   */
  readonly wakeRun: (organizationId: OrganizationId, runId: RunId) => Promise<void>
  /** Works one job of the queue `agent.run`; when `signal` fires, the run is given back as it stands and this throws. */
  readonly runJob: (organizationId: OrganizationId, runId: RunId, signal: AbortSignal) => Promise<void>
}
