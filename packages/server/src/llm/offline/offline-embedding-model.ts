import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { EmbeddingModelV4 } from '@ai-sdk/provider'
import { messageOf, NeonHubError } from '../../base/errors.ts'
import type { EmbeddingJob, EmbeddingReply } from './embedding-worker.ts'

export const offlineModel = { provider: 'energetic', model: 'model-embeddings-en', dimensions: 512 } as const

/** The weights and their buffers hold about 200 MB a thread; a start takes a third of a second. So a rest gives them back. */
const restAfterMs = 120_000
/** Measured on two cores: 5,900 characters a second with one thread, 10,500 with two. */
const mostThreads = Math.min(2, availableParallelism())
/** Texts that a thread computes at once. A run's question waits for one such piece, not for a whole import. */
const textsPerJob = 4

interface Pending extends EmbeddingJob {
  readonly resolve: (vectors: readonly (readonly number[])[]) => void
  readonly reject: (error: unknown) => void
}

interface Thread {
  readonly worker: Worker
  /** What it computes now. */
  job: Pending | undefined
}

/**
 * The vector model that needs neither key nor network: the Universal Sentence Encoder, in threads of its own. A second
 * thread starts only where there is work for it.
 */
export function createOfflineEmbeddingModel(): { model: EmbeddingModelV4; close: () => Promise<void> } {
  const threads = new Set<Thread>()
  let waiting: Pending[] = []
  let restTimer: NodeJS.Timeout | undefined
  let lastId = 0

  const lose = (thread: Thread, error: unknown): void => {
    if (!threads.delete(thread)) return
    thread.job?.reject(crashed(error))
    dispatch()
  }
  const start = (): Thread => {
    const thread: Thread = { worker: new Worker(new URL('./embedding-worker.ts', import.meta.url)), job: undefined }
    threads.add(thread)
    thread.worker.on('message', (reply: EmbeddingReply) => {
      const { job } = thread
      thread.job = undefined
      // Idle, it keeps nothing from ending.
      thread.worker.unref()
      if ('vectors' in reply) job?.resolve(reply.vectors)
      else job?.reject(crashed(reply.error))
      dispatch()
    })
    thread.worker.on('error', (error) => lose(thread, error))
    thread.worker.on('exit', (code) => lose(thread, `the thread ended with code ${code}`))
    return thread
  }
  const dispatch = (): void => {
    while (waiting.length > 0) {
      const idle = [...threads].find(({ job }) => job === undefined)
      const thread = idle ?? (threads.size < mostThreads ? start() : undefined)
      if (!thread) return
      thread.job = waiting.shift()
      // At work, it keeps the process alive.
      thread.worker.ref()
      const { id, texts } = thread.job ?? { id: 0, texts: [] }
      thread.worker.postMessage({ id, texts } satisfies EmbeddingJob)
    }
  }
  const close = async (): Promise<void> => {
    clearTimeout(restTimer)
    const open = [...threads]
    threads.clear()
    const left = [...open.flatMap(({ job }) => job ?? []), ...waiting]
    waiting = []
    for (const { reject } of left) reject(crashed('it was closed'))
    await Promise.all(open.map(({ worker }) => worker.terminate()))
  }
  const restLater = (): void => {
    clearTimeout(restTimer)
    const isIdle = () => waiting.length === 0 && [...threads].every(({ job }) => job === undefined)
    restTimer = setTimeout(() => (isIdle() ? void close() : restLater()), restAfterMs).unref()
  }
  const compute = (texts: readonly string[], isShort: boolean) => {
    const { promise, resolve, reject } = Promise.withResolvers<readonly (readonly number[])[]>()
    const job: Pending = { id: (lastId += 1), texts, resolve, reject }
    if (isShort) waiting.unshift(job)
    else waiting.push(job)
    return promise
  }
  const embed = async (texts: readonly string[]): Promise<readonly (readonly number[])[]> => {
    restLater()
    // The few questions of a run go before the many passages of an import.
    const isShort = texts.length <= textsPerJob
    const parts = Array.from({ length: Math.ceil(texts.length / textsPerJob) }, (_, index) =>
      compute(texts.slice(index * textsPerJob, (index + 1) * textsPerJob), isShort),
    )
    dispatch()
    return (await Promise.all(parts)).flat()
  }

  const model: EmbeddingModelV4 = {
    specificationVersion: 'v4',
    provider: offlineModel.provider,
    modelId: offlineModel.model,
    maxEmbeddingsPerCall: 64,
    supportsParallelCalls: false,
    doEmbed: async ({ values, abortSignal }) => {
      abortSignal?.throwIfAborted()
      const vectors = await embed(values)
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
    hint: 'It needs about 600 MB of memory. Give the process more, or choose an embedding model of a provider.',
    cause: error,
  })
}
