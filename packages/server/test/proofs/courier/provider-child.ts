import { createServer } from 'node:http'
import { stdout } from 'node:process'
import { text } from 'node:stream/consumers'

// Providers in a process that shares no code with NeonHub: one that drops a second event of the same id, one that can be
// asked for what was posted, and one that is told of each step that runs. One line of JSON for each effect.

const posted: { ts: string; text: string; metadata: unknown }[] = []
const delivered = new Set<string>()
const tell = (effect: object) => stdout.write(`effect ${JSON.stringify(effect)}\n`)

const server = createServer(async (request, response) => {
  const body = await text(request)
  const path = request.url ?? ''
  const reply = (value: object) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (path.endsWith('/conversations.history')) return reply({ ok: true, messages: posted })
  if (path.endsWith('/chat.postMessage')) {
    const form = new URLSearchParams(body)
    const message = {
      ts: `17000000${String(posted.length).padStart(4, '0')}.000100`,
      text: form.get('text') ?? '',
      metadata: JSON.parse(form.get('metadata') ?? 'null'),
    }
    posted.push(message)
    tell({ kind: 'post', mark: message.text })
    return reply({ ok: true, channel: 'C0123456789', ts: message.ts })
  }
  if (path.endsWith('/steps')) {
    tell({ kind: 'step', ...JSON.parse(body) })
    return response.writeHead(204).end()
  }
  const id = String(request.headers['webhook-id'])
  if (!delivered.has(id)) tell({ kind: 'delivery', mark: JSON.parse(body).data.mark })
  delivered.add(id)
  response.writeHead(204).end()
})
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address()
  stdout.write(`port ${typeof address === 'object' && address ? address.port : 0}\n`)
})
