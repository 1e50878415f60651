import { z } from 'zod'
import { endpointUrl, signingSecrets } from '../_lib/schemas.ts'
import type { ConnectorCall, SandboxCall } from '../spec.ts'

/** An id (`C0123456789`) or a name, with or without its `#`. */
const channel = z
  .string()
  .regex(/^(?:[CGDU][A-Z0-9]{2,}|#?[^\s#@:,<>A-Z]{1,80})$/u, 'must be the id of a channel or its name')

/**
 * Slack cuts text beyond 40,000 characters without an error (chat.postMessage, "Truncating content"), so a longer one
 * is refused before it is sent.
 */
const text = z.string().min(1).max(40_000).describe("The message in Slack's mrkdwn")

const timestamp = z.string().regex(/^\d{1,12}\.\d{6}$/, 'must be the ts of a message, such as 1700000000.000100')

export const SlackSettings = z.strictObject({
  /** Another address of the Web API: a proxy, or a double in tests. */
  apiUrl: endpointUrl.optional(),
  /** Where messages go that name no channel. */
  defaultChannel: channel.optional(),
})

export const SlackCredentials = z.strictObject({
  botToken: z
    .string()
    .regex(/^xox[a-z]?-[\w-]+$/, 'must be a bot token, which begins with xoxb-')
    .describe('The Bot User OAuth Token of your Slack app'),
  /** For events that Slack sends: any of them counts, so that one can be changed without a gap. */
  signingSecrets: signingSecrets.optional().describe('The Signing Secret of your Slack app, and the one before it'),
})

export const PostMessageInput = z.strictObject({
  channel: channel.optional().describe('The id or the name of a channel; the default channel where absent'),
  text,
  threadTs: timestamp.optional().describe('The ts of the message to answer in its thread'),
})

export const UpdateMessageInput = z.strictObject({
  channel: channel.describe('The id of the channel, as posting answered it'),
  ts: timestamp.describe('The ts of the message, as posting answered it'),
  text,
})

/** A message is known by its channel's id and its ts. */
export const MessageOutput = z.object({ channel: z.string(), ts: z.string() })

export const ListChannelsInput = z.strictObject({
  limit: z.int().min(1).max(200).default(100),
  cursor: z.string().max(1024).optional().describe('nextCursor of the page before'),
})

export const ListChannelsOutput = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string(), isPrivate: z.boolean(), isMember: z.boolean() })),
  nextCursor: z.string().optional(),
})

export type SlackSettings = z.output<typeof SlackSettings>
export type SlackCredentials = z.output<typeof SlackCredentials>
export type SlackCall = ConnectorCall<SlackSettings, z.output<typeof SlackCredentials>>
export type SlackSandboxCall = SandboxCall<SlackSettings>
export type PostMessageInput = z.output<typeof PostMessageInput>
export type UpdateMessageInput = z.output<typeof UpdateMessageInput>
export type MessageOutput = z.output<typeof MessageOutput>
export type ListChannelsInput = z.output<typeof ListChannelsInput>
export type ListChannelsOutput = z.output<typeof ListChannelsOutput>
