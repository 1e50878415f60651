import { isIP, isIPv4 } from 'node:net'
import { Readable } from 'node:stream'
import SMTPConnection, { type SentMessageInfo, type SMTPError } from 'nodemailer/lib/smtp-connection'
import XOAuth2 from 'nodemailer/lib/xoauth2'
import { deadlineError } from '../_lib/deadline-error.ts'
import { isLoopbackHost } from '../_lib/schemas.ts'
import { withEffect } from '../_lib/with-effect.ts'
import { ConnectorError } from '../spec.ts'
import type { ComposedEmail } from './compose-email.ts'
import type { EmailCall } from './schemas.ts'
import { smtpError } from './smtp-error.ts'

const connectTimeoutMs = 20_000

/**
 * nodemailer's transporter does not tell how far a failed session came, and that decides between `none` and `unknown`.
 * So the session is led here, over the same connection class, with a message that notes when it is first read.
 */
async function openConnection({ settings, credentials, resolveHost }: EmailCall): Promise<SMTPConnection> {
  const { host, port, security } = settings
  const secret = credentials.password ?? credentials.accessToken
  if (security === 'none' && secret !== undefined && !isLoopbackHost(host)) {
    throw new ConnectorError('connectors.email_password_in_clear', 'A password would be sent unencrypted', {
      kind: 'invalid',
      effect: 'none',
      hint: 'Set the security of the connection to starttls or tls.',
    })
  }
  // The server is connected to by the address that was checked, and its certificate by the name that was meant.
  const addresses = await resolveHost(host).catch((error: unknown) => {
    throw withEffect(error, 'none')
  })
  return new SMTPConnection({
    host: addresses.find((address) => isIPv4(address)) ?? addresses[0],
    ...(isIP(host) === 0 ? { servername: host } : {}),
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    connectionTimeout: connectTimeoutMs,
    greetingTimeout: connectTimeoutMs,
    // The socket is destroyed at once: bytes that still wait in it must not leave after the deadline.
    socketCloseTimeout: 0,
  })
}

/** With a password by what the server offers, with an access token by XOAUTH2; undefined for a server that asks nobody. */
function loginOf({ username: user, password: pass, accessToken }: EmailCall['credentials']) {
  if (user === undefined) return undefined
  if (pass !== undefined) return { credentials: { user, pass } }
  // It has nothing to renew the token with: that is done before a call, under a lock, and never here.
  return accessToken === undefined ? undefined : { oauth2: new XOAuth2({ user, accessToken }) }
}

/** Connects and signs in, hands the connection to `work`, and closes it whatever happens. */
async function withSession<Result>(
  call: EmailCall,
  progress: { messageStarted: boolean },
  work: (connection: SMTPConnection, done: (error: SMTPError | null, result?: Result) => void) => void,
): Promise<Result> {
  const { signal, credentials } = call
  const connection = await openConnection(call)
  const { promise, resolve, reject } = Promise.withResolvers<Result>()
  const fail = (error: SMTPError) => reject(smtpError(error, progress))
  const onAbort = () => reject(deadlineError(progress.messageStarted ? 'unknown' : 'none', signal.reason))
  const begin = () =>
    work(connection, (error, result) => {
      if (error) fail(error)
      else if (result !== undefined) resolve(result)
    })
  signal.addEventListener('abort', onAbort, { once: true })
  connection.on('error', fail)
  connection.on('end', () => fail(new Error('The session ended early')))
  connection.connect((error) => {
    if (error) return fail(error)
    const login = loginOf(credentials)
    if (login) connection.login(login, (loginError) => (loginError ? fail(loginError) : begin()))
    else begin()
  })
  if (signal.aborted) onAbort()
  try {
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    connection.close()
  }
}

/** Sends one message. Resolves once the server has taken it for at least one recipient. */
export async function sendBySmtp(call: EmailCall, { from, to, bytes }: ComposedEmail): Promise<SentMessageInfo> {
  const progress = { messageStarted: false }
  const message = new Readable({
    read() {
      progress.messageStarted = true
      this.push(bytes)
      this.push(null)
    },
  })
  const envelope = { from, to: [...to], size: bytes.length }
  return withSession<SentMessageInfo>(call, progress, (connection, done) => connection.send(envelope, message, done))
}

/** Connects and signs in, and sends nothing. */
export async function checkSmtp(call: EmailCall): Promise<void> {
  await withSession<true>(call, { messageStarted: false }, (_connection, done) => done(null, true))
}
