import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface ReceivedMail {
  readonly raw: string
  readonly from: string
  readonly to: readonly string[]
  readonly parsed: ParsedMail
}

/** A refusal as smtp-server wants it: the error's message and its reply code. */
const reply = (status: number, message: string) => Object.assign(new Error(message), { responseCode: status })

/**
 * An SMTP server (smtp-server) that keeps what it takes. Mailboxes that begin with `refused`, `deferred`, `content`,
 * `cut` and `hang` are answered with 550, with 451, with 554 after the message, with a lost connection after the message,
 * and not at all after the message.
 */
export async function startSmtpReceiver({
  user,
}: { user?: { name: string; password: string; accessToken?: string } } = {}) {
  const mails: ReceivedMail[] = []
  const server = new SMTPServer({
    authOptional: user === undefined,
    disabledCommands: ['STARTTLS', ...(user === undefined ? ['AUTH'] : [])],
    allowInsecureAuth: true,
    logger: false,
    authMethods: ['PLAIN', 'LOGIN', 'XOAUTH2'],
    onAuth: ({ method, username, password, accessToken }, _session, callback) => {
      const isRight =
        method === 'XOAUTH2' ? accessToken === user?.accessToken : user !== undefined && password === user.password
      if (username === user?.name && isRight) return callback(null, { user: username })
      callback(reply(535, 'Wrong user name or password'))
    },
    onRcptTo: ({ address }, _session, callback) => {
      if (address.startsWith('refused')) return callback(reply(550, 'No such user'))
      if (address.startsWith('deferred')) return callback(reply(451, 'Try again later'))
      callback()
    },
    onData: (stream, session, callback) => {
      const to = session.envelope.rcptTo.map(({ address }) => address)
      const from = session.envelope.mailFrom ? session.envelope.mailFrom.address : ''
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.on('end', async () => {
        if (to.some((address) => address.startsWith('content'))) return callback(reply(554, 'Content refused'))
        if (to.some((address) => address.startsWith('hang'))) return
        if (to.some((address) => address.startsWith('cut'))) return cutConnections()
        const raw = Buffer.concat(chunks)
        mails.push({ raw: raw.toString('latin1'), from, to, parsed: await simpleParser(raw) })
        callback()
      })
    },
  })
  const sockets = new Set<{ destroy: () => unknown }>()
  const cutConnections = () => sockets.forEach((socket) => socket.destroy())
  server.server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
  })
  server.on('error', () => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return {
    port,
    mails,
    close: async () => {
      cutConnections()
      await new Promise<void>((resolve) => server.close(() => resolve()))
    },
  }
}
