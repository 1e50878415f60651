import { connect, createServer, type Socket } from 'node:net'
import type { Random } from '../random.ts'

/** What a connection is cut in: a byte of what it asks, a byte of what it is answered, or a commit. */
export const cutKinds = ['request', 'response', 'commit', 'commit answer'] as const
export type CutKind = (typeof cutKinds)[number]

interface Plan {
  readonly kind: CutKind
  /** Bytes of the request or the response that pass; with commits, bytes of the message or of its answer. */
  readonly offset: number
  /** Which commit of the connection it is. */
  readonly commits: number
}

export interface CuttingProxy {
  readonly port: number
  readonly cuts: Readonly<Record<CutKind, number>>
  /** Cuts as many connections from here on. */
  readonly arm: (budget: number) => void
  /** Cuts no more. */
  readonly disarm: () => void
  readonly close: () => Promise<void>
}

/** The simple query of PostgreSQL's protocol that says `commit`. */
const commitMessage = Buffer.from('Q\0\0\0\u000bcommit\0', 'latin1')
const longest = 60_000
const unharmed = 0.2

/**
 * A TCP proxy before PostgreSQL that cuts connections at offsets that follow from the seed. A commit is cut within its
 * message, so that it never happens, or within its answer, once the server has carried it out.
 */
export async function startCuttingProxy(
  target: URL,
  {
    random,
    spares,
  }: {
    readonly random: Random
    /** Connections that give this name for their application are left alone. */
    readonly spares: string | undefined
  },
): Promise<CuttingProxy> {
  const cuts: Record<CutKind, number> = { request: 0, response: 0, commit: 0, 'commit answer': 0 }
  let left = 0
  const sockets = new Set<Socket>()
  const draw = (): Plan | undefined => {
    if (random.next() < unharmed) return undefined
    const kind = random.pick(cutKinds)
    // As likely in the first hundred bytes as in the ten thousand that follow.
    const spread = Math.floor(longest ** random.next())
    const within = kind === 'commit' ? random.below(commitMessage.length) : random.below(10)
    return { kind, offset: kind.startsWith('commit') ? within : spread, commits: 1 + random.below(5) }
  }

  const server = createServer((client) => {
    const upstream = connect(Number(target.port), target.hostname)
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true)
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
      socket.on('error', () => undefined)
    }
    let plan = left > 0 ? draw() : undefined
    let [asked, answered, commits, awaitsAnswer] = [0, 0, 0, false]
    const cut = (kind: CutKind) => {
      if (left > 0) {
        left -= 1
        cuts[kind] += 1
      }
      client.destroy()
      upstream.destroy()
    }
    const isDue = (kind: CutKind) => plan?.kind === kind && left > 0

    client.on('data', (chunk) => {
      const begin = asked
      if (begin === 0 && spares !== undefined && chunk.includes(spares)) plan = undefined
      asked += chunk.length
      if (isDue('request') && plan && asked > plan.offset) {
        upstream.write(chunk.subarray(0, plan.offset - begin))
        return cut('request')
      }
      const at = chunk.indexOf(commitMessage)
      if (at >= 0) commits += 1
      const isTheOne = at >= 0 && commits === plan?.commits
      if (isTheOne && isDue('commit')) {
        upstream.write(chunk.subarray(0, at + (plan?.offset ?? 0)))
        return cut('commit')
      }
      if (isTheOne && isDue('commit answer')) awaitsAnswer = true
      upstream.write(chunk)
    })
    upstream.on('data', (chunk) => {
      const begin = answered
      answered += chunk.length
      if (awaitsAnswer && plan) {
        client.write(chunk.subarray(0, plan.offset))
        return cut('commit answer')
      }
      if (isDue('response') && plan && answered > plan.offset) {
        client.write(chunk.subarray(0, plan.offset - begin))
        return cut('response')
      }
      client.write(chunk)
    })
    client.once('close', () => upstream.destroy())
    upstream.once('close', () => client.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cuts,
    arm: (budget) => {
      left = budget
      // Those that stand already get a plan of their own when they come again.
      for (const socket of sockets) socket.destroy()
    },
    disarm: () => (left = 0),
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
