import { z } from 'zod'
import { readTokenAnswer } from '../_lib/read-token-answer.ts'
import type { OAuthDescription, TokenAnswer } from '../spec.ts'
import type { SlackCredentials } from './schemas.ts'

/** What Slack answers beside the standard's fields (https://docs.slack.dev/reference/methods/oauth.v2.access). */
const SlackAnswer = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  team: z.object({ id: z.string(), name: z.string().optional() }).nullish(),
})

/** Slack's own words for a consent that is gone: the app was removed, or the token was used up or taken back. */
const over = new Set(['account_inactive', 'invalid_refresh_token', 'token_expired', 'token_revoked'])

/** Slack says with 200 what the standard says with 400, and has errors of its own. */
function readAnswer(answer: unknown): TokenAnswer | undefined {
  const { data } = SlackAnswer.safeParse(answer)
  if (!data) return undefined
  const read = readTokenAnswer(answer)
  if (read?.kind === 'refused') return { ...read, isOver: over.has(read.error) }
  if (read?.kind !== 'granted' || !data.ok) return undefined
  const { team } = data
  return {
    kind: 'granted',
    grant: { ...read.grant, account: team ? `${team.name ?? 'Workspace'} (${team.id})` : undefined },
  }
}

/**
 * Adds the app's bot to a workspace. Where the app has token rotation switched on, its tokens last twelve hours and each
 * refresh gives another refresh token (https://docs.slack.dev/authentication/using-token-rotation).
 */
export const slackOAuth: OAuthDescription<SlackCredentials> = {
  provider: 'slack',
  authorizeUrl: 'https://slack.com/oauth/v2/authorize',
  tokenUrl: 'https://slack.com/api/oauth.v2.access',
  // What posting, the lookup of a post and the list of channels ask for.
  scopes: ['chat:write', 'channels:read', 'channels:history', 'groups:read', 'groups:history'],
  requiredScopes: ['chat:write'],
  scopeSeparator: ',',
  readAnswer,
  toCredentials: ({ accessToken }, { signingSecret }) => ({
    botToken: accessToken,
    // Events are signed with the app's own secret, the same in each workspace.
    ...(signingSecret === undefined ? {} : { signingSecrets: [signingSecret] }),
  }),
  keeps: ['signingSecrets'],
  toSettings: (_account, settings) => settings,
}
