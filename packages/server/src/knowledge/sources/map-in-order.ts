/**
 * Works on up to `concurrency` items at a time and yields the results in the order of the items. `work` must not
 * reject: a result that nobody has come to yet could not be reported.
 */
export async function* mapInOrder<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
  { concurrency }: { readonly concurrency: number },
): AsyncGenerator<Result> {
  const begun: Promise<Result>[] = []
  let next = 0
  for (;;) {
    for (const item of items.slice(next, next + concurrency - begun.length)) {
      begun.push(work(item))
      next += 1
    }
    const first = begun.shift()
    if (!first) return
    yield await first
  }
}
