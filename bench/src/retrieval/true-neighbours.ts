import { type BenchTenant, chunksPerDocument } from './fill-tenants.ts'
import type { VectorSource } from './clustered-vectors.ts'

/** A question with the chunks that are nearest to it in full precision, found without the database. */
export interface BenchQuestion {
  readonly tenant: BenchTenant
  readonly vector: readonly number[]
  readonly nearest: ReadonlySet<string>
}

/** How many neighbours count: recall@10. */
export const neighbours = 10

export function askTenant(
  source: VectorSource,
  { tenant, count }: { readonly tenant: BenchTenant; readonly count: number },
): readonly BenchQuestion[] {
  const { chunkIds, index } = tenant
  const questions = Array.from({ length: count }, (_none, question) => source.question(index, question))
  const best = questions.map((): { readonly row: number; readonly score: number }[] => [])
  for (let start = 0; start < chunkIds.length; start += chunksPerDocument) {
    const length = Math.min(chunksPerDocument, chunkIds.length - start)
    const vectors = source.document(index, start / chunksPerDocument, length)
    for (const [question, vector] of questions.entries()) {
      const own = best[question] ?? []
      for (let row = 0; row < length; row += 1) {
        const score = dot(vector, vectors, row * source.dimensions)
        if (own.length === neighbours && score <= (own.at(-1)?.score ?? 0)) continue
        own.push({ row: start + row, score })
        own.sort((one, other) => other.score - one.score)
        own.length = Math.min(own.length, neighbours)
      }
    }
  }
  return questions.map((vector, question) => ({
    tenant,
    vector: [...vector],
    nearest: new Set((best[question] ?? []).map(({ row }) => `${chunkIds[row]}`)),
  }))
}

function dot(vector: Float32Array, vectors: Float32Array, start: number): number {
  let sum = 0
  for (let index = 0; index < vector.length; index += 1) sum += (vector[index] ?? 0) * (vectors[start + index] ?? 0)
  return sum
}
