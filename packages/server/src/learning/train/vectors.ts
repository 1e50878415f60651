/** Of two unit vectors: their cosine, from -1 to 1. 0 where either is empty. */
export function cosine(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, index) => sum + value * (other[index] ?? 0), 0)
}

/** The mean direction of unit vectors, at unit length; empty where there are none, or where they cancel out. */
export function centroidOf(vectors: readonly (readonly number[])[]): readonly number[] {
  const sum = (vectors[0] ?? []).map((_, index) => vectors.reduce((total, vector) => total + (vector[index] ?? 0), 0))
  const length = Math.hypot(...sum)
  return length === 0 ? [] : sum.map((value) => Math.fround(value / length))
}
