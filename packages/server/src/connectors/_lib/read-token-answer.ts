import { z } from 'zod'
import type { TokenAnswer } from '../spec.ts'

const Granted = z.object({
  access_token: z.string().min(1).max(8192),
  refresh_token: z.string().min(1).max(8192).optional(),
  expires_in: z.number().positive().optional(),
  scope: z.string().max(8192).optional(),
})

const Refused = z.object({ error: z.string().regex(/^[\w.-]{1,64}$/) })

/** Reads what a token endpoint answers by the standard (RFC 6749, sections 5.1 and 5.2); undefined where it is neither. */
export function readTokenAnswer(answer: unknown): TokenAnswer | undefined {
  const refused = Refused.safeParse(answer).data
  if (refused) return { kind: 'refused', error: refused.error, isOver: refused.error === 'invalid_grant' }
  const granted = Granted.safeParse(answer).data
  if (!granted) return undefined
  return {
    kind: 'granted',
    grant: {
      accessToken: granted.access_token,
      refreshToken: granted.refresh_token,
      expiresInSeconds: granted.expires_in,
      scopes: granted.scope?.split(/[ ,]+/).filter(Boolean),
    },
  }
}
