import { Worker } from 'node:worker_threads'
import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { EmbeddingJob, EmbeddingReply } from './embedding-worker.ts'

export const offlineModel = { provider: 'energetic', model: 'model-embeddings-en', dimensions: 512 } as const

/** The weights and their buffers hold about 350 MB; a start takes a third of a second. So a rest gives them back. */
const restAfterMs = 120_000

interface Pending {
  readonly resolve: (vectors: readonly (readonly number[])[]) => void
  readonly reject: (error: unknown) => void
}

/** The vector model that needs neither key nor network: the Universal Sentence Encoder, in a thread of its own. */
export function createOfflineEmbeddingModel(): { model: EmbeddingModelV4; close: () => Promise<void> } {
  const pending = new Map<number, Pending>()
  let worker: Worker | undefined
  let restTimer: NodeJS.Timeout | undefined
  let lastId = 0

  const fail = (gone: Worker, error: unknown): void => {
    if (worker !== gone) return
    worker = undefined
    for (const { reject } of pending.values()) reject(crashed(error))
    pending.clear()
  }
  const start = (): Worker => {
    const started = new Worker(new URL('./embedding-worker.ts', import.meta.url))
    started.on('message', (reply: EmbeddingReply) => {
      const waiting = pending.get(reply.id)
      pending.delete(reply.id)
      if (pending.size === 0) started.unref()
      if ('vectors' in reply) waiting?.resolve(reply.vectors)
      else waiting?.reject(crashed(reply.error))
    })
    started.on('error', (error) => fail(started, error))
    started.on('exit', (code) => fail(started, `the thread ended with code ${code}`))
    return started
  }
  const close = async (): Promise<void> => {
    clearTimeout(restTimer)
    const open = worker
    if (!open) return
    fail(open, 'it was closed')
    await open.terminate()
  }
  const restLater = (): void => {
    clearTimeout(restTimer)
    restTimer = setTimeout(() => (pending.size === 0 ? void close() : restLater()), restAfterMs).unref()
  }
  const compute = (texts: readonly string[]): Promise<readonly (readonly number[])[]> => {
    worker ??= start()
    // Alive while it has work, so that the process waits for it; idle, it keeps nothing from ending.
    worker.ref()
    restLater()
    const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly number[])[]>()
    const job: EmbeddingJob = { id: (lastId += 1), texts }
    pending.set(job.id, { resolve, reject })
    worker.postMessage(job)
    return promise
  }

  const model: EmbeddingModelV4 = {
    specificationVersion: 'v4',
    provider: offlineModel.provider,
    modelId: offlineModel.model,
    maxEmbeddingsPerCall: 64,
    supportsParallelCalls: false,
    doEmbed: async ({ values, abortSignal }) => {
      abortSignal?.throwIfAborted()
      const vectors = await compute(values)
      return { embeddings: vectors.map((vector) => [...vector]), usage: { tokens: countTokens(values) }, warnings: [] }
    },
  }
  return { model, close }
}

/** Four characters a token, the usual estimate for English: nothing is billed by it. */
function countTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Math.ceil(text.length / 4), 0)
}

function crashed(error: unknown): NeonHubError {
  return new NeonHubError('llm.offline_embedding_failed', `The offline embedding model failed: ${messageOf(error)}`, {
    kind: 'unavailable',
    retryable: true,
    hint: 'It needs about 400 MB of memory. Give the process more, or choose an embedding model of a provider.',
    cause: error,
  })
}
