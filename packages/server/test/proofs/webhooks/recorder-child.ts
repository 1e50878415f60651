import { createServer } from 'node:http'
import { stdout } from 'node:process'

// Writes down each effect that reaches it, in a process that shares no code with NeonHub: one line of JSON a request.

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    stdout.write(`effect ${Buffer.concat(chunks).toString('utf8')}\n`)
    response.writeHead(204).end()
  })
})
server.listen({ port: 0, host: '127.0.0.1' }, () => {
  const address = server.address()
  stdout.write(`port ${typeof address === 'object' && address ? address.port : 0}\n`)
})
