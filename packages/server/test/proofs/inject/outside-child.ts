import { createServer } from 'node:http'
import { stdout } from 'node:process'

// All that lies outside, in a process that shares no code with NeonHub: receivers, and Slack's Web API. What reaches it is
// told in a line each. What it answers was planted by `PUT /plant/NAME`.

const planted = new Map<string, string>()

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString('utf8')
    const { pathname } = new URL(request.url ?? '/', 'http://outside')
    const say = (value: unknown, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(typeof value === 'string' ? value : JSON.stringify(value))
    }
    if (request.method === 'PUT') {
      planted.set(decodeURIComponent(pathname.slice('/plant/'.length)), body)
      return say({})
    }
    if (pathname.endsWith('/conversations.list')) {
      // The page that is asked for names what is planted on it.
      const text = planted.get(new URLSearchParams(body).get('cursor') ?? '') ?? 'general'
      return say({ ok: true, channels: [{ id: 'C01', name: text, is_private: false, is_member: true }] })
    }
    stdout.write(`effect ${JSON.stringify({ path: pathname, body })}\n`)
    if (pathname.startsWith('/slack/')) return say({ ok: true, channel: 'C01', ts: '1700000000.000100' })
    const mark: unknown = JSON.parse(body).data?.mark
    if (pathname === '/answer') return say(planted.get(String(mark)) ?? '')
    say('')
  })
})
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address()
  stdout.write(`port ${typeof address === 'object' && address ? address.port : 0}\n`)
})
