import type { Eval, EvalStatus, Evaluator } from '@neonhub/contract'
import type { RecordedError } from '../base/errors.ts'
import type { BrandId } from '../base/ids.ts'

export type { EvalStatus, Evaluator }

/** Cases of one intent with what its answers are measured by. */
export interface Dataset {
  readonly id: string
  readonly slug: string
  readonly agent: string
  readonly intent: string
  readonly brandId: BrandId | undefined
  /** Slug. */
  readonly brand: string | undefined
  readonly description: string
  readonly evaluators: readonly Evaluator[]
  /** Grows with each change of them. */
  readonly evaluatorsVersion: number
  readonly caseCount: number
  readonly createdBy: string
  readonly createdAt: Date
  readonly updatedAt: Date
}

/** A version of a case. */
export interface Case {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly input: unknown
  readonly expected: unknown
  readonly tags: readonly string[]
  readonly sourceRunId: string | undefined
  readonly createdBy: string
  readonly createdAt: Date
}

/** A case as it is handed in. */
export interface NewCase {
  readonly name: string
  readonly input: unknown
  readonly expected?: unknown
  readonly tags: readonly string[]
  readonly sourceRunId?: string
}

/** Which text of a task an eval asks. */
export interface AskedPrompt {
  readonly key: string
  /** 0 is the code's. */
  readonly version: number
  /** Asked in the place of what was in force. */
  readonly isCandidate: boolean
}

/** An eval as its row says. */
export interface EvalRow {
  readonly id: string
  readonly datasetId: string
  /** Slug. */
  readonly dataset: string
  readonly agent: string
  readonly intent: string
  readonly brandId: BrandId | undefined
  readonly brand: string | undefined
  readonly status: EvalStatus
  readonly note: string
  readonly repeat: number
  readonly evaluators: readonly Evaluator[]
  readonly evaluatorsVersion: number
  readonly prompts: readonly AskedPrompt[]
  readonly model: string | undefined
  readonly waiting: RecordedError | undefined
  readonly requestedBy: string
  readonly cancelledBy: string | undefined
  readonly createdAt: Date
  readonly finishedAt: Date | undefined
}

export type EvalItemStatus = keyof Eval['counts']

/** What an evaluator says of an answer: a score, or why there is none. */
export type Verdict =
  | { readonly score: number; readonly reason: string; readonly error?: undefined }
  | { readonly error: RecordedError; readonly reason?: undefined; readonly score?: undefined }

/** With how much a judge was asked. */
export type CostlyVerdict = Verdict & { readonly costMicros?: number; readonly llmCallId?: string | undefined }
