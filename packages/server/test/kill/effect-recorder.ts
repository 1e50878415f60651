/**
 * The recorder of effects: a process of its own, with no code of NeonHub in it. It takes mail over SMTP and webhooks
 * over HTTP, writes one line of JSON for each to the file it is given, and prints its ports once it listens.
 */
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { argv, stdout } from 'node:process'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

const [, , file = ''] = argv
/** A receiver of webhooks takes each id once (Standard Webhooks, "Idempotency"); mail has no such key. */
const takenIds = new Set<unknown>()
const record = (effect: object) => appendFileSync(file, `${JSON.stringify(effect)}\n`)

const mail = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onData: (stream, session, done) => {
    void recordMail(stream, session.envelope.rcptTo).then(() => done(), done)
  },
})

async function recordMail(stream: Readable, recipients: readonly { readonly address: string }[]): Promise<void> {
  const { messageId, subject } = await simpleParser(stream)
  record({ channel: 'email', id: messageId, to: recipients.map(({ address }) => address).join(','), subject })
}

const web = createServer(async (request, response) => {
  const body = await text(request)
  const id = request.headers['webhook-id']
  if (!takenIds.has(id)) record({ channel: 'webhook', id, body })
  takenIds.add(id)
  response.writeHead(204).end()
})

mail.listen(0, '127.0.0.1', () => {
  web.listen(0, '127.0.0.1', () => {
    const smtp = mail.server.address()
    const http = web.address()
    if (typeof smtp !== 'object' || typeof http !== 'object') throw new Error('a listener has no port')
    stdout.write(`${JSON.stringify({ smtpPort: smtp?.port, httpPort: http?.port })}\n`)
  })
})
