import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { AttemptWatch } from './suspension.ts'

setFlagsFromString('--expose-gc')
const collectGarbage: () => void = runInNewContext('gc')

/** An attempt whose handler holds a large object and waits for a person. */
async function waitingAttempt(): Promise<WeakRef<object>> {
  const held = { text: 'x'.repeat(1_000) }
  const watch = new AttemptWatch(() => {})
  const outcome = await watch.run(async () => {
    await watch.track(() => watch.wait('approval'))
    return held.text
  })
  expect(outcome).toEqual({ kind: 'suspended', reason: 'approval' })
  return new WeakRef(held)
}

test('what a waiting attempt held is given back: ten thousand waiting runs cost no memory', async () => {
  const held = await Promise.all(Array.from({ length: 10_000 }, waitingAttempt))
  // A WeakRef keeps what it names until the end of the turn that made it.
  await new Promise((resolve) => setTimeout(resolve, 10))
  collectGarbage()
  expect(held.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(10)
})

test('it is told whenever the handler is about to go on: at its beginning, and before and after each operation', async () => {
  const told: string[] = []
  const watch = new AttemptWatch(() => told.push('turn'))
  await watch.run(async () => {
    told.push('begins')
    await watch.track(async () => {
      told.push('operation')
      await new Promise((done) => setImmediate(done))
      told.push('comes back')
    })
    told.push('goes on')
  })
  expect(told).toEqual(['turn', 'begins', 'turn', 'operation', 'comes back', 'turn', 'goes on'])
})

test('a cancelled attempt ends though an operation of it never does', { timeout: 5_000 }, async () => {
  const watch = new AttemptWatch(() => {})
  const outcome = watch.run(() => watch.track(() => new Promise(() => {})))
  watch.cancel()
  expect(await outcome).toEqual({ kind: 'cancelled' })
  expect(watch.signal.aborted).toBe(true)
})

test('nothing new starts once the attempt stops, and what is in flight comes to its end first', async () => {
  const watch = new AttemptWatch(() => {})
  const { promise: answer, resolve } = Promise.withResolvers<number>()
  const ended: string[] = []
  const outcome = watch.run(async () => {
    void watch.track(async () => ended.push(`answer ${await answer}`))
    await watch.track(() => watch.stop({ kind: 'broken', error: 'changed' }))
  })
  void watch.track(async () => ended.push('started later'))
  await new Promise((done) => setImmediate(done))
  void watch.track(async () => ended.push('started after the stop'))
  resolve(1)
  expect(await outcome).toEqual({ kind: 'broken', error: 'changed' })
  expect(ended).toEqual(['answer 1'])
})
