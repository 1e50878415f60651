import { z } from 'zod'
import { defineRoute } from './route.ts'
import { ActionPreview, PromptOverride, Run, Simulation } from './runs.ts'
import { RecordedError } from './problem.ts'
import { Id, IdParams, JsonObject } from './values.ts'

export const ForkRun = z.strictObject({
  /** The key of a step, call or child run: what had ended before it is copied, and the rest runs anew. From the start where absent. */
  from: z.string().min(1).max(1000).optional(),
  /** `provider:model`: asked in the whole tree. */
  model: z.string().min(1).max(200).optional(),
  prompts: z.array(PromptOverride).max(50).optional(),
  /** Another input; only without `from`. */
  input: JsonObject.optional(),
  /** True where absent: no effect leaves. With false what comes after has its effects, approved as in any run. */
  dryRun: z.boolean().optional(),
  /** Of a dry run: what it reads is simulated too. */
  stubReads: z.boolean().optional(),
  /** Answers once the run is over or waits for a person, or after 30 s at the latest. */
  wait: z.boolean().optional(),
})

/** How a piece of a run stands, with what models cost for it: of a child run, with all below it. */
export const ComparedSide = z.object({
  /** Of a step `succeeded` or `failed`; of a call or a child run its status. */
  status: z.string(),
  /** Another run did it, so that it cost this one nothing. */
  copied: z.literal(true).optional(),
  costMicros: z.number().int(),
  inputTokens: z.number().int(),
  outputTokens: z.number().int(),
  durationMs: z.number().int().optional(),
  /** `provider:model`, each once. */
  models: z.array(z.string()),
  preview: ActionPreview.optional(),
  simulation: Simulation.optional(),
  error: RecordedError.optional(),
})
export type ComparedSide = z.output<typeof ComparedSide>

/** A place where two JSON values differ. */
export const JsonChange = z.object({
  /** JSON pointer (RFC 6901); empty for the whole value. */
  path: z.string(),
  kind: z.enum(['added', 'removed', 'changed']),
  /** Absent where it was added. */
  original: z.unknown().optional(),
  /** Absent where it was removed. */
  fork: z.unknown().optional(),
})
export type JsonChange = z.output<typeof JsonChange>

export const ComparedPiece = z.object({
  /** Keys from the run at the top down to the piece's own. */
  path: z.array(z.string()),
  kind: z.enum(['step', 'call', 'child']),
  /** Of a call. */
  tool: z.string().optional(),
  /** Absent where that run has none such. */
  original: ComparedSide.optional(),
  fork: ComparedSide.optional(),
  /** Where what both came to differs, of calls what they send; at most 50 places. Absent where it was copied, or is too large for a trace. */
  outputChanges: z.array(JsonChange).optional(),
})
export type ComparedPiece = z.output<typeof ComparedPiece>

export const ComparedRun = Run.extend({ input: z.unknown(), output: z.unknown().optional() })
export type ComparedRun = z.output<typeof ComparedRun>

export const RunComparison = z.object({
  original: ComparedRun,
  fork: ComparedRun,
  inputChanges: z.array(JsonChange),
  /** At most 200. */
  outputChanges: z.array(JsonChange),
  /** In the order of the original, with what only the fork has behind it. What lies in a copied child is left out. */
  pieces: z.array(ComparedPiece),
})
export type RunComparison = z.output<typeof RunComparison>

export const forkRun = defineRoute({
  id: 'forkRun',
  method: 'post',
  path: '/v1/runs/{id}/forks',
  tag: 'runs',
  summary: 'Makes a run of another one: recorded results before a step, the rest anew; a dry run unless told otherwise',
  request: {
    params: IdParams,
    /** The same key with the same request answers with the run that it made. */
    headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: ForkRun,
  },
  responses: {
    200: { description: 'With `wait`: the new run is over, or waits for a person', schema: Run },
    202: { description: 'The new run is queued or still under way', schema: Run },
  },
  permission: 'runs:write',
  audit: 'run.forked',
})

export const compareRuns = defineRoute({
  id: 'compareRuns',
  method: 'get',
  path: '/v1/runs/{id}/comparison',
  tag: 'runs',
  summary: 'A run beside the one that it was made of, or beside any other: output, pieces, cost and time',
  request: {
    params: IdParams,
    query: z.strictObject({
      /** The run that stands as the original; the one that this was made of where absent. */
      with: Id.optional(),
    }),
  },
  responses: { 200: { description: 'Both runs side by side', schema: RunComparison } },
  permission: 'runs:read',
  audit: null,
})
