/**
 * The recorder of effects, a process that shares no code with NeonHub: a Slack, a receiver of webhooks and a mail server
 * that carry out what they are sent, and answer a little later: `recorder-child.ts [deaf]`. Writes one line of JSON for each
 * effect and for each thing that handlers tell about themselves; the first has its ports. It ends when its input does.
 */
import { writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { argv, exit, stdin, stdout } from 'node:process'
import { text } from 'node:stream/consumers'
import { setTimeout as wait } from 'node:timers/promises'
import { SMTPServer } from 'smtp-server'

const isDeaf = argv[2] === 'deaf'
/** A call takes up to this long: kills and stops must find some under way. */
const longestMs = 400
const write = (line: object) => writeSync(stdout.fd, `${JSON.stringify(line)}\n`)
const answerLater = () => wait(Math.random() * longestMs)

const posted: object[] = []
const taken = new Set<string>()
let events = 0

const web = createServer(async (request, response) => {
  const body = await text(request)
  const path = request.url ?? ''
  const reply = (value: object) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
  if (path === '/tell') {
    write({ kind: 'told', ...JSON.parse(body) })
    return response.writeHead(204).end()
  }
  if (path.endsWith('/conversations.history')) return reply({ ok: true, messages: posted })
  if (path.endsWith('/conversations.list')) {
    await answerLater()
    return reply({ ok: true, channels: [] })
  }
  if (path.endsWith('/chat.postMessage')) {
    const form = new URLSearchParams(body)
    const ts = `${Math.floor(Date.now() / 1000)}.${String(posted.length).padStart(6, '0')}`
    posted.push({ ts, text: form.get('text'), metadata: JSON.parse(form.get('metadata') ?? 'null') })
    write({ kind: 'effect', effect: 'lookup', mark: form.get('text') })
    await answerLater()
    return reply({ ok: true, channel: 'C0123456789', ts })
  }
  // As Standard Webhooks asks of a receiver: a second event with the same id is dropped.
  const id = String(request.headers['webhook-id'])
  const isNew = !taken.has(id)
  taken.add(id)
  if (isNew) events += 1
  if (isNew && !(isDeaf && events % 4 === 0)) {
    write({ kind: 'effect', effect: 'idempotent', mark: JSON.parse(body).data.mark })
  }
  await answerLater()
  response.writeHead(204).end()
})

const mail = new SMTPServer({
  disabledCommands: ['AUTH', 'STARTTLS'],
  logger: false,
  onData: (stream, session, done) => {
    stream.resume()
    stream.on('end', async () => {
      for (const { address } of session.envelope.rcptTo) {
        write({ kind: 'effect', effect: 'once', mark: address.split('@')[0] })
      }
      await answerLater()
      done()
    })
  },
})
// Those who are killed in mid-sentence.
mail.on('error', () => undefined)

web.listen(0, '127.0.0.1', () => {
  mail.listen(0, '127.0.0.1', () => {
    const [http, smtp] = [web.address(), mail.server.address()]
    if (typeof http !== 'object' || typeof smtp !== 'object') throw new Error('a listener has no port')
    write({ kind: 'listening', httpPort: http?.port, smtpPort: smtp?.port })
  })
})
stdin.resume().once('end', () => exit(0))
