import type { JsonObject } from '../../base/json.ts'
import { channelOf } from './channel-of.ts'
import type {
  ListChannelsInput,
  ListChannelsOutput,
  MessageOutput,
  PostMessageInput,
  SlackSandboxCall,
  UpdateMessageInput,
} from './schemas.ts'
import { slackRefusal } from './slack-error.ts'

/** The sandbox's workspace. The bot is in every channel but the last. */
const channels = ['general', 'marketing', 'social-queue', 'random', 'leadership'].map((name, index) => ({
  id: `C0SANDBOX0${index + 1}`,
  name,
  isPrivate: false,
  isMember: name !== 'leadership',
}))

function joinedChannel(channel: string): string {
  const name = channel.replace(/^#/, '')
  const found = channels.find((candidate) => candidate.id === channel || candidate.name === name)
  if (!found) throw slackRefusal('channel_not_found')
  if (!found.isMember) throw slackRefusal('not_in_channel')
  return found.id
}

/** The ts of the nth message: the same state gives the same ts, whatever the clock says. */
const tsOf = (position: number) => `${1_700_000_000 + position}.000100`

async function findOwn(call: SlackSandboxCall, channel: string): Promise<MessageOutput | undefined> {
  const rows = await call.store.list('messages')
  const own = rows.find((row) => row['channel'] === channel && row['idempotencyKey'] === call.idempotencyKey)
  return typeof own?.['ts'] === 'string' ? { channel, ts: own['ts'] } : undefined
}

/** Keeps the message. As Slack does, it would keep it a second time if it were posted a second time. */
export async function sandboxPostMessage(call: SlackSandboxCall, input: PostMessageInput): Promise<MessageOutput> {
  const channel = joinedChannel(channelOf(input, call.settings))
  const row = (ts: string): JsonObject => ({
    channel,
    ts,
    text: input.text,
    idempotencyKey: call.idempotencyKey,
    ...(input.threadTs === undefined ? {} : { threadTs: input.threadTs }),
  })
  let position = (await call.store.list('messages')).length
  for (;;) {
    const ts = tsOf(position)
    const standing = await call.store.putOnce('messages', ts, row(ts))
    if (standing['idempotencyKey'] === call.idempotencyKey) return { channel, ts }
    // Another call took this place since the list was read.
    position++
  }
}

/** The sandbox's answer to `findPostedMessage`. */
export async function sandboxFindPosted(
  call: SlackSandboxCall,
  input: PostMessageInput,
): Promise<MessageOutput | undefined> {
  return findOwn(call, joinedChannel(channelOf(input, call.settings)))
}

/** Keeps the new text beside the message, in the order of the changes. */
export async function sandboxUpdateMessage(call: SlackSandboxCall, input: UpdateMessageInput): Promise<MessageOutput> {
  const channel = joinedChannel(input.channel)
  const { ts, text } = input
  const message = await call.store.find('messages', ts)
  if (message?.['channel'] !== channel) throw slackRefusal('message_not_found')
  await call.store.putOnce('updates', call.idempotencyKey, { channel, ts, text })
  return { channel, ts }
}

/** The channels of the sandbox, a page at a time. */
export async function sandboxListChannels(
  _call: SlackSandboxCall,
  { limit, cursor }: ListChannelsInput,
): Promise<ListChannelsOutput> {
  const start = cursor === undefined ? 0 : channels.findIndex(({ id }) => id === cursor)
  if (start < 0) throw slackRefusal('invalid_cursor')
  const next = channels[start + limit]
  return { channels: channels.slice(start, start + limit), ...(next ? { nextCursor: next.id } : {}) }
}
