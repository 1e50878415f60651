import { afterAll, beforeAll, expect, test } from 'vitest'
import { openEmbedded } from './embedded.ts'
import type { EmbeddedPool } from './embedded-pool.ts'

let pool: EmbeddedPool
beforeAll(async () => {
  ;({ pool } = await openEmbedded(undefined))
  await pool.query('create table notes (text text)')
})
afterAll(() => pool.end())

const count = async () => {
  const result = await pool.query('select * from notes')
  return 'rows' in result ? result.rows.length : -1
}

test('a transaction that is left open is rolled back when its client is released, and nobody waits for it', async () => {
  const client = await pool.connect()
  await client.query('begin')
  await client.query(`insert into notes values ('left open')`)
  const waiting = count()
  client.release()
  expect(await waiting).toBe(0)
})

test('a begin that fails half way holds nobody up', async () => {
  const client = await pool.connect()
  await expect(client.query('begin; select * from nowhere')).rejects.toThrow(/nowhere/)
  client.release()
  expect(await count()).toBe(0)
})

test('clients take turns by transaction, in the order in which they came', async () => {
  const order: number[] = []
  await Promise.all(
    Array.from({ length: 20 }, async (_, index) => {
      const client = await pool.connect()
      await client.query('begin')
      order.push(index)
      await client.query('select 1')
      await client.query('commit')
      client.release()
    }),
  )
  expect(order).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('a notification reaches every client that listens, also one that holds no session', async () => {
  const listener = await pool.connect()
  const heard = new Promise((resolve) => listener.once('notification', resolve))
  await listener.query('listen news')
  await pool.query(`select pg_notify('news', 'hello')`)
  expect(await heard).toEqual({ channel: 'news', payload: 'hello' })
  listener.release()
})

test('a database that is closed under a transaction takes no process down', async () => {
  const { pool: closing } = await openEmbedded(undefined)
  const client = await closing.connect()
  await client.query('begin')
  const ended = closing.end()
  client.release()
  await ended
  await expect(closing.query('select 1')).rejects.toThrow(/closed/)
})
