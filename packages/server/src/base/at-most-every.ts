/**
 * `say`, but no more often than every `intervalMs`: what fails twice a second would otherwise drown all other lines of a
 * log. Real time, because it is for people who read.
 */
export function atMostEvery<Arguments extends readonly unknown[]>(
  intervalMs: number,
  say: (...args: Arguments) => void,
): (...args: Arguments) => void {
  let nextAt = 0
  return (...args) => {
    const now = performance.now()
    if (now < nextAt) return
    nextAt = now + intervalMs
    say(...args)
  }
}
