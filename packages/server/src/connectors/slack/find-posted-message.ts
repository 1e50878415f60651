import { birthOf } from '../../base/birth-of.ts'
import { ConnectorError } from '../spec.ts'
import { askSlack } from './ask-slack.ts'
import { channelOf } from './channel-of.ts'
import { listChannels } from './list-channels.ts'
import { tsOfOwnMessage } from './message-metadata.ts'
import type { MessageOutput, PostMessageInput, SlackCall } from './schemas.ts'

/** Our clock and Slack's may differ; a message cannot be older than its execution by more than that. */
const clockSkewMs = 10 * 60_000
/** Where the key does not tell its birth. */
const windowMs = 24 * 60 * 60_000
/** Slack advises pages of at most 200; 25 pages is half a minute's allowance of conversations.history (tier 3). */
const pageSize = 200
const maxPages = 25

function inconclusive(what: string): ConnectorError {
  return new ConnectorError(
    'connectors.slack_lookup_inconclusive',
    `${what}: whether the message stands is not known`,
    {
      kind: 'unavailable',
      effect: 'unknown',
      hint: 'Look into the channel and settle the execution by hand.',
    },
  )
}

/** History is asked by id alone. `U` is a person, whose direct channel only posting reveals. */
async function channelIdOf(call: SlackCall, channel: string): Promise<string> {
  if (/^[CGD][A-Z0-9]{2,}$/.test(channel)) return channel
  const name = channel.replace(/^#/, '')
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { channels, nextCursor } = await listChannels(call, { limit: pageSize, ...(cursor ? { cursor } : {}) })
    const found = channels.find((candidate) => candidate.name === name)
    if (found) return found.id
    if (nextCursor === undefined) break
    cursor = nextCursor
  }
  throw inconclusive(`No channel named ${channel} was found`)
}

interface Search {
  readonly channel: string
  readonly oldest: string
  readonly threadTs: string | undefined
}

/** A thread's answers stand in the thread, not in the channel's history. */
function readPage(call: SlackCall, { channel, oldest, threadTs }: Search, cursor: string | undefined) {
  const page = { channel, oldest, limit: pageSize, include_all_metadata: true, ...(cursor ? { cursor } : {}) }
  return askSlack(call, async (client) => {
    const answer =
      threadTs === undefined
        ? await client.conversations.history(page)
        : await client.conversations.replies({ ...page, ts: threadTs })
    return { messages: answer.messages ?? [], nextCursor: answer.response_metadata?.next_cursor }
  })
}

/**
 * The message that an earlier attempt posted, found by its metadata between the execution's birth and now. Undefined
 * only where that whole window was read; throws `connectors.slack_lookup_inconclusive` where it is too long for it.
 */
export async function findPostedMessage(call: SlackCall, input: PostMessageInput): Promise<MessageOutput | undefined> {
  const channel = await channelIdOf(call, channelOf(input, call.settings))
  const birth = birthOf(call.idempotencyKey)?.getTime()
  const since = birth === undefined ? call.clock.now().getTime() - windowMs : birth - clockSkewMs
  const search = { channel, oldest: (since / 1000).toFixed(6), threadTs: input.threadTs }
  let cursor: string | undefined
  for (let page = 0; page < maxPages; page++) {
    const { messages, nextCursor } = await readPage(call, search, cursor)
    for (const message of messages) {
      const ts = tsOfOwnMessage(message, call.idempotencyKey)
      if (ts !== undefined) return { channel, ts }
    }
    if (!nextCursor) return undefined
    cursor = nextCursor
  }
  throw inconclusive(`More than ${maxPages * pageSize} messages have been posted in ${channel} since`)
}
