import { createSocket } from 'node:dgram'
import { Resolver } from 'node:dns/promises'
import { once } from 'node:events'

/** Answers of a name server, one set for each time it is asked; the last stays. */
export type Answers = readonly (readonly string[])[]

const typeA = 1

/** The question of a DNS message (RFC 1035, section 4.1.2): its name, its type, and where it ends. */
function readQuestion(message: Buffer): { readonly name: string; readonly type: number; readonly end: number } {
  const labels: string[] = []
  let at = 12
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length))
    at += length + 1
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 }
}

/** An answer with a time to live of nothing, as a name that rebinds has it. */
function writeAnswer(question: Buffer, end: number, addresses: readonly string[]): Buffer {
  const header = Buffer.from(question.subarray(0, 12))
  header.writeUInt16BE(0x8580, 2)
  header.writeUInt16BE(addresses.length, 6)
  header.writeUInt32BE(0, 8)
  const records = addresses.map((address) =>
    Buffer.from([0xc0, 0x0c, 0, typeA, 0, 1, 0, 0, 0, 0, 0, 4, ...address.split('.').map(Number)]),
  )
  return Buffer.concat([header, question.subarray(12, end), ...records])
}

/** A name server of the proof's own, over UDP, and a resolver that asks it. */
export async function startNameServer(answersOf: (name: string) => Answers) {
  const asked = new Map<string, number>()
  const socket = createSocket('udp4')
  socket.on('message', (message, { address, port }) => {
    const { name, type, end } = readQuestion(message)
    const answers = answersOf(name)
    const times = asked.get(name) ?? 0
    if (type === typeA) asked.set(name, times + 1)
    const addresses = type === typeA ? (answers[Math.min(times, answers.length - 1)] ?? []) : []
    socket.send(writeAnswer(message, end, addresses), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const resolver = new Resolver({ timeout: 1_000, tries: 2 })
  resolver.setServers([`127.0.0.1:${socket.address().port}`])
  return {
    resolve: (name: string) => resolver.resolve4(name),
    /** How often a name was asked for. */
    asked: (name: string) => asked.get(name) ?? 0,
    stop: () => new Promise<void>((resolve) => socket.close(() => resolve())),
  }
}
