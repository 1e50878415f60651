import { jsonSchemaOf } from '../base/json-schema.ts'
import { signUnsubscribeToken } from '../base/unsubscribe-token.ts'
import { type Attempt, type ExecuteAttempt, onRecord, taint } from './attempt.ts'
import { callTool } from './ledger.ts'
import { runChild } from './run-child.ts'
import { resolvePrompt } from './settings/resolve-prompt.ts'
import type { IntentContext, StepLlm, StepPrompt } from './spec.ts'
import { runStep, runTransactionStep } from './step.ts'
import { sleep, waitForEvent } from './waits.ts'

/** What a handler is handed: every operation of it goes through the attempt's journal or ledger. */
export function createIntentContext(
  attempt: Attempt,
  input: unknown,
  executeAttempt: ExecuteAttempt,
): IntentContext<unknown> {
  const { lease, organizationId } = attempt
  return {
    runId: lease.runId,
    organizationId,
    brandId: lease.brandId,
    input,
    signal: attempt.watch.signal,
    step: (key, work, options) => handled(runStep(attempt, key, { work, input: options?.input })),
    transaction: (key, work, options) => handled(runTransactionStep(attempt, key, { work, input: options?.input })),
    llm: createStepLlm(attempt),
    tools: { call: (key, call) => handled(callTool(attempt, key, call)) },
    child: (key, call) => handled(runChild(attempt, key, { ...call, executeAttempt })),
    unsubscribeUrl: (key, address) => handled(unsubscribeUrl(attempt, key, address)),
    sleep: (key, length) => handled(sleep(attempt, key, length)),
    waitForEvent: (key, wait) => handled(waitForEvent(attempt, key, wait)),
    taint: () => handled(attempt.watch.track(() => onRecord(attempt, () => taint(attempt)))),
  }
}

/** A failure that the handler awaits late, or never, stands in the journal, and must not take the process down. */
function handled<Result>(operation: Promise<Result>): Promise<Result> {
  operation.catch(() => {})
  return operation
}

/**
 * Model calls as steps: the prompt as the code words it is the step's input, so that a changed one is noticed and not
 * answered by an old result. What the organization has set stands beside it: a finished step is not asked anew for that.
 */
function createStepLlm(attempt: Attempt): StepLlm {
  const { llm } = attempt.runtime
  const { signal } = attempt.watch
  const { isDryRun, settings } = attempt.lease
  const { prompts: _prompts, forcesModel, fallbackModels, ...asked } = settings
  // Whoever tries a model or measures one must hear of that very one.
  const configured = forcesModel || isDryRun || fallbackModels === undefined ? asked : { ...asked, fallbackModels }
  const forced = forcesModel && asked.model !== undefined ? { model: asked.model } : {}
  return {
    text: (key, { findFaults, prompt, ...options }) => {
      const { coded, asked, version } = resolvePrompt(attempt, prompt)
      return handled(
        runStep(attempt, key, {
          input: { ...options, prompt: coded },
          promptVersion: version,
          readsOutside: hasOutside(prompt),
          work: () =>
            llm.generateText({
              ...configured,
              ...options,
              ...forced,
              prompt: asked,
              ...(findFaults ? { findFaults } : {}),
              signal,
            }),
        }),
      )
    },
    object: (key, { prompt, ...options }) => {
      const { coded, asked, version } = resolvePrompt(attempt, prompt)
      return handled(
        runStep(attempt, key, {
          input: { ...options, prompt: coded, schema: jsonSchemaOf(options.schema) },
          promptVersion: version,
          readsOutside: hasOutside(prompt),
          work: () => llm.generateObject({ ...configured, ...options, ...forced, prompt: asked, signal }),
        }),
      )
    },
    embed: (key, texts) =>
      handled(runStep(attempt, key, { input: texts, work: () => llm.embeddings.embed(texts, signal) })),
    embedIn: (key, { texts, space }) =>
      handled(
        runStep(attempt, key, {
          input: { texts, space: space ?? null },
          work: async () => {
            const model = (space && llm.embeddingsOf(space)) ?? llm.embeddings
            const vectors = await model.embed(texts, signal)
            return { space: { provider: model.provider, model: model.model }, vectors }
          },
        }),
      ),
  }
}

/** A model that is told what others wrote may do what they say, whether or not the agent's code thought of that. */
const hasOutside = ({ sources }: StepPrompt) => sources?.some(({ untrusted }) => untrusted) ?? false

async function unsubscribeUrl(attempt: Attempt, key: string, address: string): Promise<string | undefined> {
  const { organizationId, runtime } = attempt
  const url = await runStep(attempt, key, {
    input: address,
    work: async () => {
      if (!runtime.publicUrl.startsWith('https:')) return null
      const token = signUnsubscribeToken(runtime.masterKey, { organizationId, address })
      return `${runtime.publicUrl}/unsubscribe/${token}`
    },
  })
  return url ?? undefined
}
