/** Of lines, in their order; each stands out from the page in the light and in the dark. */
export const chartColors: readonly string[] = [
  'var(--mantine-color-violet-6)',
  'var(--tone-good)',
  'var(--tone-wait)',
  'var(--tone-busy)',
  'var(--tone-bad)',
  'var(--mantine-color-pink-6)',
  'var(--mantine-color-teal-6)',
  'var(--tone-quiet)',
]

const dashes = [undefined, '6 4', '2 4', '10 4 2 4']

/** The dashes of a line by its place; undefined is a line without. */
export const dashOf = (index: number): string | undefined => dashes[index % dashes.length]

/** The value at the upper end: the next of 1, 2, 5, 10, 20 … above all values, and above the lower end. */
export function heightOf(highest: number, lowest: number): number {
  const needed = highest > lowest ? highest : lowest + 1
  if (needed <= 0) return 0
  const power = 10 ** Math.floor(Math.log10(needed))
  return ([1, 2, 5].find((step) => step * power >= needed) ?? 10) * power
}
