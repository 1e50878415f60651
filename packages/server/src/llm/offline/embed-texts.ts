/**
 * The Universal Sentence Encoder reads the first 128 pieces of a text and drops the rest (measured: two texts that
 * differ after the 130th have the same vector). English runs at four to five characters a piece.
 */
const windowCharacters = 480
/** Windows computed at once: more are no faster, and the memory of a batch grows with its longest. */
const windowsPerBatch = 16

type EmbedWindows = (windows: readonly string[]) => Promise<readonly (readonly number[])[]>

/**
 * One unit-length vector a text. A text longer than the model reads is cut at sentence ends into windows whose vectors
 * are averaged, weighted by their length, so that the end of a text counts as much as its beginning.
 */
export async function embedTexts(
  embedWindows: EmbedWindows,
  texts: readonly string[],
): Promise<readonly (readonly number[])[]> {
  const windows = texts.flatMap((text, index) => splitWindows(text).map((window) => ({ window, index })))
  const sums = new Map<number, readonly number[]>()
  // Windows of like length share a batch: a short one beside a long one would cost as much as the long one.
  const sorted = windows.toSorted((left, right) => left.window.length - right.window.length)
  for (let start = 0; start < sorted.length; start += windowsPerBatch) {
    const batch = sorted.slice(start, start + windowsPerBatch)
    const vectors = await embedWindows(batch.map(({ window }) => window))
    for (const [position, { window, index }] of batch.entries()) {
      const vector = vectors[position] ?? []
      const sum = sums.get(index)
      sums.set(
        index,
        vector.map((value, axis) => value * window.length + (sum?.[axis] ?? 0)),
      )
    }
  }
  return texts.map((_text, index) => toUnitLength(sums.get(index) ?? []))
}

/** Cuts a text into windows of at most `windowCharacters`, at sentence ends where there are any, else at spaces. */
export function splitWindows(text: string): readonly string[] {
  const pieces = text
    .trim()
    .split(/(?<=[.!?])\s+|\n+/)
    .flatMap(
      (sentence) =>
        sentence.match(
          new RegExp(String.raw`[\s\S]{1,${windowCharacters}}(?=\s|$)|[\s\S]{1,${windowCharacters}}`, 'g'),
        ) ?? [],
    )
  const windows: string[] = []
  for (const piece of pieces.map((part) => part.trim()).filter((part) => part !== '')) {
    const last = windows.at(-1)
    if (last !== undefined && last.length + piece.length < windowCharacters)
      windows[windows.length - 1] = `${last} ${piece}`
    else windows.push(piece)
  }
  return windows
}

/** The vector of length one in the same direction. */
export function toUnitLength(vector: readonly number[]): readonly number[] {
  const length = Math.hypot(...vector)
  return length === 0 ? vector : vector.map((value) => value / length)
}
