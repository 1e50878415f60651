/**
 * Vectors as embedding models make them: near topics, and with most of their variance in few directions. A mixture of
 * Gaussians whose coordinate j has the variance 1 / (j + 1), around topics of the same shape; all tenants write about
 * the same topics. Everything follows from the seed, so that a document's vectors can be made again.
 */
export interface VectorSource {
  readonly dimensions: number
  /** The vectors of a tenant's document, one after the other, of unit length and in full precision. */
  readonly document: (tenant: number, document: number, count: number) => Float32Array
  /** A question to a tenant: near a topic of its own, and none of its vectors. */
  readonly question: (tenant: number, question: number) => Float32Array
}

const topics = 400
/** Topics of one tenant. */
const topicsPerTenant = 40
/** How far vectors lie from their topic, as a share of how far topics lie apart. */
const spread = 0.7

export function createVectorSource({
  seed,
  dimensions,
}: {
  readonly seed: number
  readonly dimensions: number
}): VectorSource {
  const scales = Float32Array.from({ length: dimensions }, (_none, index) => 1 / Math.sqrt(index + 1))
  const normals = createNormals(createRandom(seed))
  const centres = Array.from({ length: topics }, (_none, topic) => {
    const random = createRandom(hash(seed, 1, topic))
    return scales.map((scale) => scale * pick(normals, random))
  })
  const write = (target: Float32Array, centre: Float32Array, random: () => number) => {
    let sum = 0
    for (let index = 0; index < dimensions; index += 1) {
      const value = (centre[index] ?? 0) + spread * (scales[index] ?? 0) * pick(normals, random)
      target[index] = value
      sum += value * value
    }
    const length = Math.sqrt(sum)
    for (let index = 0; index < dimensions; index += 1) target[index] = (target[index] ?? 0) / length
  }
  const centreOf = (tenant: number, random: () => number) =>
    centres[hash(seed, tenant, random() % topicsPerTenant) % topics] ?? scales
  return {
    dimensions,
    document: (tenant, document, count) => {
      const random = createRandom(hash(seed, tenant + 2, document))
      const centre = centreOf(tenant, random)
      const vectors = new Float32Array(count * dimensions)
      for (let row = 0; row < count; row += 1)
        write(vectors.subarray(row * dimensions, (row + 1) * dimensions), centre, random)
      return vectors
    },
    question: (tenant, question) => {
      const random = createRandom(hash(seed + 1, tenant + 2, question))
      const vector = new Float32Array(dimensions)
      write(vector, centreOf(tenant, random), random)
      return vector
    },
  }
}

/** Numbers from 0 to 2^32 - 1 (xorshift32, Marsaglia 2003). */
export function createRandom(seed: number): () => number {
  let state = seed >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>>= 0)
  }
}

/** Mixes numbers into 32 bits (the finalizer of MurmurHash3). */
export function hash(...numbers: readonly number[]): number {
  let mixed = 0
  for (const number of numbers) {
    mixed = Math.imul(mixed ^ number, 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
    mixed ^= mixed >>> 16
  }
  return mixed >>> 0
}

const tableSize = 1 << 16

/** Normally distributed numbers to choose from (Box and Muller 1958): fifty times as fast as making each anew. */
function createNormals(random: () => number): Float32Array {
  const uniform = () => (random() + 1) / 2 ** 32
  return Float32Array.from(
    { length: tableSize },
    () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()),
  )
}

const pick = (normals: Float32Array, random: () => number) => normals[random() % tableSize] ?? 0
