import { createServer } from 'node:net'
import { stdout } from 'node:process'

// Counts whoever connects, in a process that shares no code with NeonHub. Each connection is one line; it is answered as
// HTTP, since a proof whose canary cannot be reached proves nothing.

const server = createServer((socket) => {
  stdout.write('hit\n')
  socket.on('error', () => socket.destroy())
  socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 6\r\nconnection: close\r\n\r\ncanary'))
})
// Both loopback addresses: `::` takes IPv4, too.
server.listen({ port: 0, host: '::' }, () => {
  const address = server.address()
  stdout.write(`port ${typeof address === 'object' && address ? address.port : 0}\n`)
})
