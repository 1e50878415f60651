import { z } from 'zod'
import { readTokenAnswer } from '../_lib/read-token-answer.ts'
import type { OAuthDescription, TokenAnswer } from '../spec.ts'
import type { EmailCredentials } from './schemas.ts'

const Identified = z.object({ id_token: z.string().max(16_384) })
const Claims = z.object({ email: z.email().max(254) })

/**
 * The address of the account. The token's signature is not asked: it comes over TLS from the very endpoint that signs it
 * (OpenID Connect Core, 3.1.3.7, point 6).
 */
function addressIn(answer: unknown): string | undefined {
  const [, payload] = Identified.safeParse(answer).data?.id_token.split('.') ?? []
  if (payload === undefined) return undefined
  try {
    return Claims.safeParse(JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'))).data?.email
  } catch {
    // No JSON says whose account it is as little as none at all; what needs the address then refuses the answer.
    return undefined
  }
}

function readAnswer(answer: unknown): TokenAnswer | undefined {
  const read = readTokenAnswer(answer)
  return read?.kind === 'granted' ? { kind: 'granted', grant: { ...read.grant, account: addressIn(answer) } } : read
}

const mailScope = 'https://mail.google.com/'

/**
 * Mail through Google's own server, signed in with XOAUTH2 (https://developers.google.com/workspace/gmail/imap/xoauth2-protocol).
 * Google gives a refresh token only where offline access and a new consent are asked for.
 */
export const googleMailOAuth: OAuthDescription<EmailCredentials> = {
  provider: 'google',
  authorizeUrl: 'https://accounts.google.com/o/oauth2/v2/auth',
  tokenUrl: 'https://oauth2.googleapis.com/token',
  issuer: 'https://accounts.google.com',
  scopes: ['openid', 'email', mailScope],
  requiredScopes: [mailScope],
  scopeSeparator: ' ',
  parameters: { access_type: 'offline', prompt: 'consent' },
  readAnswer,
  toCredentials: ({ accessToken, account }) => ({
    accessToken,
    ...(account === undefined ? {} : { username: account }),
  }),
  keeps: ['dkim'],
  toSettings: (account, { from }) => ({
    host: 'smtp.gmail.com',
    port: 465,
    security: 'tls',
    // Google takes other senders only where the account has set them up, so the account is who mail comes from.
    from: {
      ...(typeof from === 'object' && from !== null ? from : {}),
      ...(account === undefined ? {} : { address: account }),
    },
  }),
}
