import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'

export interface RecordedRequest {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface HttpAnswer {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString('utf8')
}

/**
 * A small HTTP server that keeps what it was sent and answers as told; `cut` closes the connection after the request,
 * `hang` never answers.
 */
export async function startHttpRecorder(answer: (request: RecordedRequest) => HttpAnswer | 'cut' | 'hang') {
  const requests: RecordedRequest[] = []
  const server = createServer(async (request, response) => {
    const recorded = { path: request.url ?? '', headers: request.headers, body: await readBody(request) }
    requests.push(recorded)
    const reply = answer(recorded)
    if (reply === 'hang') return
    if (reply === 'cut') return void request.socket.destroy()
    response.writeHead(reply.status, reply.headers).end(reply.body ?? '')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
