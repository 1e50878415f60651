import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { NeonHubError } from '../base/errors.ts'
import type { App } from '../http/index.ts'

/** Listens for HTTP. Throws `cli.port_in_use` and `cli.port_refused`, each with what to do. */
export async function listen(
  app: App,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const server = createServer(getRequestListener(app.fetch))
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)))
    server.listen(port, host, resolve)
  })
  return { url: `http://localhost:${portOf(server)}`, close: () => closeServer(server) }
}

/** Refuses early, before anything else is done, where the port is taken. */
export async function assertPortFree({ host, port }: { readonly host: string; readonly port: number }): Promise<void> {
  const probe = createServer()
  await new Promise<void>((resolve, reject) => {
    probe.once('error', (error: NodeJS.ErrnoException) => reject(explain(error, port)))
    probe.listen(port, host, () => probe.close(() => resolve()))
  })
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function explain(error: NodeJS.ErrnoException, port: number): NeonHubError {
  if (error.code === 'EADDRINUSE') {
    return new NeonHubError('cli.port_in_use', `Port ${port} is in use by another program`, {
      kind: 'conflict',
      hint: `Choose another: PORT=${port + 1} npm start`,
      cause: error,
    })
  }
  return new NeonHubError('cli.port_refused', `Port ${port} cannot be listened on: ${error.message}`, {
    kind: 'unavailable',
    hint: 'Choose a port above 1023 in PORT, and an address of this machine in HOST.',
    cause: error,
  })
}

/** Streams of events would keep the server open for as long as their readers like. */
async function closeServer(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  server.closeAllConnections()
  await closed
}
