import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { HeapBlame, workAs } from './heap-blame.ts'

const file = fileURLToPath(import.meta.url)

/** Reads and forgets, as healthy work does, over files, timers and promises. */
const work = (signal: AbortSignal) => async () => {
  while (!signal.aborted) {
    JSON.parse(JSON.stringify(Array.from({ length: 1_000 }, (_none, index) => ({ index }))))
    await readFile(file, 'utf8')
    await sleep(7)
  }
}

/** Keeps all that it makes, a little with each turn of the loop. */
const eat = (signal: AbortSignal, kept: string[][]) => async () => {
  while (!signal.aborted) {
    kept.push(Array.from({ length: 10_000 }, (_none, index) => `${kept.length} ${index}`))
    await sleep(10)
  }
}

test.for([true, false])(
  'the run whose work fills the heap is named, and nobody where none does: %s',
  async (isEating) => {
    const ending = new AbortController()
    const kept: string[][] = []
    const all = Array.from({ length: 8 }, (_none, index) => workAs(`healthy ${index}`, work(ending.signal)))
    if (isEating) all.push(workAs('eater', eat(ending.signal, kept)))
    // It began before anybody looked.
    await sleep(200)
    const blame = new HeapBlame()
    await sleep(1_500)
    expect(blame.find()).toBe(isEating ? 'eater' : undefined)
    blame.stop()
    ending.abort()
    await Promise.all(all)
  },
)

test('who filled it before is forgotten for the one who fills it now', async () => {
  const kept: string[][] = []
  const blame = new HeapBlame()
  const eatFor = async (name: string, turns: number) => {
    const ending = new AbortController()
    const eating = workAs(name, eat(ending.signal, kept))
    let named: string | undefined
    for (let turn = 0; turn < turns; turn += 1) {
      await sleep(200)
      named = blame.find()
    }
    ending.abort()
    await eating
    return named
  }
  expect(await eatFor('first', 12)).toBe('first')
  expect(await eatFor('second', 14)).toBe('second')
  blame.stop()
})
