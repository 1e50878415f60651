import type { LanguageModelV4 } from '@ai-sdk/provider'
import type { z } from 'zod'
import type { TokenUsage } from '../base/call-journal.ts'

/** A passage that an answer may rest on. `id` is what a citation names. */
export interface PromptSource {
  readonly id: string
  readonly title: string
  readonly text: string
  /** Text from outside the organization: shown to the model as data, never as instruction. */
  readonly untrusted?: boolean
}

/** How a brand speaks, as rules that a prompt carries. */
export interface PromptVoice {
  readonly name: string
  readonly summary: string
  readonly rules: readonly string[]
  readonly avoid: readonly string[]
  readonly examples: readonly string[]
}

/**
 * A prompt as its parts. `llm/prompt.ts` renders it to text with one tag a part, so that every agent's prompts look
 * alike to a model, to a reader of the trace and to the sandbox model, and untrusted text is fenced in one place.
 */
export interface Prompt {
  /** What to do, as an instruction. */
  readonly task: string
  readonly voice?: PromptVoice
  readonly sources?: readonly PromptSource[]
  /** Further facts by name (audience, keywords, an outline), rendered as JSON. */
  readonly facts?: Readonly<Record<string, unknown>>
}

export interface GenerationResult<Value> {
  readonly value: Value
  /** `provider:model` that answered. `sandbox:…` where no model was asked. */
  readonly model: string
  /** Sum over every call that the answer took, failed attempts and a repair included. */
  readonly usage: TokenUsage
  readonly costMicros: number
  /** Why the model stopped: `stop`, or `length` where `maxOutputTokens` cut a text short. */
  readonly finishReason: string
}

export interface GenerateOptions {
  readonly prompt: Prompt
  /** `provider:model`; the installation's default where absent. */
  readonly model?: string
  /**
   * `provider:model`, asked in this order where the model cannot be: its provider is away, out of patience or refuses
   * the account. A stream has none.
   */
  readonly fallbackModels?: readonly string[]
  readonly maxOutputTokens?: number
  readonly temperature?: number
  readonly signal?: AbortSignal
}

/** What a caller asks of a text beyond its prompt. */
export interface FindsFaults {
  /** What is wrong with a text, each as the end of a sentence that begins with "it": "cites no passage". */
  readonly findFaults?: (text: string) => readonly string[]
}

/** A vector model: its name, its dimension, and whether it needs the network. */
export interface EmbeddingModel {
  readonly provider: string
  readonly model: string
  /** Throws `llm.dimensions_unknown` for a model that is in no table, until `resolveDimensions` has asked it. */
  readonly dimensions: number
  /** The dimension, found by embedding one word where no table knows it (one recorded call). */
  readonly resolveDimensions: (signal?: AbortSignal) => Promise<number>
  /** One unit-length vector a text, in the same order. Throws `llm.empty_text` for a blank text. */
  readonly embed: (texts: readonly string[], signal?: AbortSignal) => Promise<readonly (readonly number[])[]>
}

/** A text while it is being written. Both parts end together; a fault shows in both. */
export interface TextStream {
  readonly text: AsyncIterable<string>
  /** Settles when the text has been read to its end. Rejects where the stream fails, is cut or is cancelled. */
  readonly result: Promise<GenerationResult<string>>
}

/** The door to every model. Each call is written to the call journal in force before it leaves. */
export interface Llm {
  readonly defaultModel: string
  /** The installation's vector model. */
  readonly embeddings: EmbeddingModel
  /** Another vector model, such as that of vectors which are stored. Undefined where it cannot be asked here. */
  readonly embeddingsOf: (ref: { readonly provider: string; readonly model: string }) => EmbeddingModel | undefined
  /** A text with faults, or without a word, is sent back once; the second throws `llm.answer_unfit`. */
  readonly generateText: (options: GenerateOptions & FindsFaults) => Promise<GenerationResult<string>>
  readonly streamText: (options: GenerateOptions) => TextStream
  /**
   * An object that fits `schema`. An answer that does not fit is sent back once with its faults; the second misfit
   * throws `llm.answer_unfit`.
   */
  readonly generateObject: <Schema extends z.ZodType>(
    options: GenerateOptions & { readonly schema: Schema; readonly schemaName?: string },
  ) => Promise<GenerationResult<z.output<Schema>>>
  /**
   * The model itself, recorded and retried, for callers that drive it through the AI SDK (tool loops). The default
   * model where `ref` is absent. Throws `llm.provider_unknown` or `llm.provider_not_configured`.
   */
  readonly languageModel: (ref?: string) => LanguageModelV4
  /** A model that a provider is known to have; undefined where nobody but its owner knows. */
  readonly suggestedModel: (provider: string) => string | undefined
  /** Ends the worker thread of the offline embeddings. Calls after it start a new one. */
  readonly close: () => Promise<void>
}
