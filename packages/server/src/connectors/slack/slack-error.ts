import { ConnectorError } from '../spec.ts'

/** What to do about Slack's errors (https://docs.slack.dev/reference/methods/chat.postMessage#errors). */
const hints: ReadonlyMap<string, string> = new Map([
  ['account_inactive', 'The app was removed from the workspace: connect Slack again.'],
  ['cant_update_message', 'A bot can change its own messages alone.'],
  ['channel_not_found', 'Check the channel; a private channel must have invited the bot.'],
  ['edit_window_closed', 'The workspace does not let messages be changed after this time.'],
  ['invalid_auth', 'The bot token is wrong: connect Slack again.'],
  ['is_archived', 'Choose a channel that is not archived.'],
  ['message_not_found', 'Check the channel and the ts of the message.'],
  ['missing_scope', 'Give the app the scopes chat:write, channels:read and channels:history, and install it again.'],
  ['msg_too_long', 'Shorten the message.'],
  ['not_authed', 'The bot token is missing: connect Slack again.'],
  ['not_in_channel', 'Invite the bot to the channel with /invite.'],
  ['restricted_action', 'A rule of the workspace forbids this: ask its administrator.'],
  ['token_revoked', 'The bot token was revoked: connect Slack again.'],
])

/** Slack's own failures, of which it says that some part of the call may have succeeded before. */
const unsettled = new Set(['fatal_error', 'internal_error', 'service_unavailable'])

/** Slack could not take the call now; nothing happened. */
const busy = new Set(['ratelimited', 'rate_limited', 'message_limit_exceeded', 'request_timeout', 'team_added_to_org'])

/** Slack answered `ok: false`. A named error has its own code, every other one `connectors.slack_refused`. */
export function slackRefusal(error: string): ConnectorError {
  const hint = hints.get(error)
  const code = hint === undefined ? 'connectors.slack_refused' : `connectors.slack_${error}`
  return new ConnectorError(code, `Slack refused the call: ${error}`, {
    kind: 'refused',
    effect: unsettled.has(error) ? 'unknown' : 'none',
    retryable: unsettled.has(error) || busy.has(error),
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Slack answered 429; nothing happened. */
export function slackRateLimited(retryAfterMs: number | undefined, cause: unknown): ConnectorError {
  return new ConnectorError('connectors.slack_rate_limited', 'Slack asks to wait (429)', {
    kind: 'rate_limited',
    effect: 'none',
    retryable: true,
    cause,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
