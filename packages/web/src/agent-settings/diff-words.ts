/** A stretch of text that both have, or that only one of them has. */
export interface Stretch {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
}

/** What a text takes out of another and puts in, by words: the longest common subsequence of both. */
export function diffWords(before: string, after: string): readonly Stretch[] {
  const old = before.match(/\s+|[^\s]+/g) ?? []
  const fresh = after.match(/\s+|[^\s]+/g) ?? []
  const lengths = Array.from({ length: old.length + 1 }, () => Array.from({ length: fresh.length + 1 }, () => 0))
  const at = (i: number, j: number) => lengths[i]?.[j] ?? 0
  for (let i = old.length - 1; i >= 0; i -= 1) {
    for (let j = fresh.length - 1; j >= 0; j -= 1) {
      const row = lengths[i]
      if (row) row[j] = old[i] === fresh[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1))
    }
  }
  const stretches: Stretch[] = []
  const push = (kind: Stretch['kind'], text: string | undefined) => {
    const last = stretches.at(-1)
    if (last?.kind === kind) stretches[stretches.length - 1] = { kind, text: last.text + (text ?? '') }
    else stretches.push({ kind, text: text ?? '' })
  }
  let i = 0
  let j = 0
  while (i < old.length || j < fresh.length) {
    if (i < old.length && j < fresh.length && old[i] === fresh[j]) {
      push('same', old[i])
      i += 1
      j += 1
    } else if (j >= fresh.length || (i < old.length && at(i + 1, j) >= at(i, j + 1))) {
      push('removed', old[i])
      i += 1
    } else {
      push('added', fresh[j])
      j += 1
    }
  }
  return stretches
}
