import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { openTestDatabase, serverUrl } from '../../../test/database.ts'
import { asId, newId } from '../../base/ids.ts'
import { createLogger } from '../../base/log.ts'
import { queueNames } from '../spec.ts'
import { openPostgresBackend } from './postgres-backend.ts'

/** Stands before the server and lets connections through while it is open. */
async function openGate(target: URL) {
  let isOpen = true
  const sockets = new Set<Socket>()
  const gate = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.once('close', () => sockets.delete(socket))
    }
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
    if (!isOpen) return client.destroy()
    client.pipe(upstream).pipe(client)
  })
  await new Promise<void>((resolve) => gate.listen(0, '127.0.0.1', resolve))
  const address = gate.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    set: (next: boolean) => {
      isOpen = next
      if (!next) for (const socket of sockets) socket.destroy()
    },
    close: () => new Promise((resolve) => gate.close(resolve)),
  }
}

describe.skipIf(serverUrl === undefined)('the queue on a PostgreSQL server', () => {
  test('a worker that finds the server gone at its first look works once it is back', { timeout: 60_000 }, async () => {
    const database = await openTestDatabase('server')
    const gate = await openGate(new URL(database.databaseUrl ?? ''))
    const url = new URL(database.databaseUrl ?? '')
    url.port = `${gate.port}`
    const backend = await openPostgresBackend(
      { ...database, databaseUrl: url.toString() },
      createLogger({ level: 'silent' }),
    )
    gate.set(false)
    const worked = Promise.withResolvers<string>()
    const worker = backend.consume('agent.run', async ({ jobId }) => worked.resolve(jobId), { concurrency: 1 })
    await sleep(1_500)
    gate.set(true)
    const jobId = newId()
    await backend.add('agent.run', [{ organizationId: asId(newId()), jobId: asId(jobId), attempts: 0, delayMs: 0 }])
    expect(await worked.promise).toBe(jobId)
    await worker.close()
    await backend.close()
    await gate.close()
    await database.close()
  })

  test('a worker of every queue leaves connections to work with', { timeout: 60_000 }, async () => {
    const database = await openTestDatabase('server')
    const backend = await openPostgresBackend(database, createLogger({ level: 'silent' }))
    const worked = new Set<string>()
    const workers = queueNames.map((name) =>
      backend.consume(name, async () => void worked.add(name), { concurrency: 2 }),
    )
    // Each listens by now.
    await sleep(2_000)
    for (const name of queueNames)
      await backend.add(name, [{ organizationId: asId(newId()), jobId: asId(newId()), attempts: 0, delayMs: 0 }])
    await vi.waitFor(() => expect([...worked].toSorted()).toEqual(queueNames), { timeout: 5_000 })
    await Promise.all(workers.map((worker) => worker.close()))
    await backend.close()
    await database.close()
  })
})
