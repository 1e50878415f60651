/**
 * Preloaded into a process (`node --import`): kills it with -9 when it has put in its KILL_AFTER-th batch of a backup's
 * rows, or, where that is `commit`, right after these were committed.
 */
import { env, kill, pid } from 'node:process'
import { PGlite } from '@electric-sql/pglite'
import pg from 'pg'

const killAfter = env['KILL_AFTER'] ?? ''
let batches = 0

function see(text: string): void {
  if (text.includes('overriding system value')) batches += 1
  if (batches === Number(killAfter)) kill(pid, 'SIGKILL')
  if (killAfter === 'commit' && batches > 0 && text === 'commit') kill(pid, 'SIGKILL')
}

const textOf = (query: unknown) =>
  typeof query === 'string' ? query : String(typeof query === 'object' && query && 'text' in query ? query.text : '')

for (const [prototype, method] of [
  [PGlite.prototype, 'query'],
  [PGlite.prototype, 'exec'],
  [pg.Client.prototype, 'query'],
] as const) {
  const original: unknown = Reflect.get(prototype, method)
  if (typeof original !== 'function') throw new Error(`${method} is no method`)
  Reflect.set(prototype, method, async function (this: object, ...parameters: unknown[]) {
    const result: unknown = await Reflect.apply(original, this, parameters)
    see(textOf(parameters[0]))
    return result
  })
}
