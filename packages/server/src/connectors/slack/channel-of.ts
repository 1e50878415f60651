import { ConnectorError } from '../spec.ts'
import type { SlackSettings } from './schemas.ts'

/** The channel that a message names, or the connection's. Throws `connectors.slack_channel_missing` without either. */
export function channelOf(input: { readonly channel?: string | undefined }, settings: SlackSettings): string {
  const channel = input.channel ?? settings.defaultChannel
  if (channel !== undefined) return channel
  throw new ConnectorError('connectors.slack_channel_missing', 'The message names no channel', {
    kind: 'invalid',
    effect: 'none',
    hint: 'Name a channel, or give the connection a default channel.',
    issues: [{ path: 'channel', message: 'is needed, since the connection has no default channel' }],
  })
}
