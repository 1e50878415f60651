import { askSlack } from './ask-slack.ts'
import { channelOf } from './channel-of.ts'
import { messageAnswer } from './message-answer.ts'
import { metadataFor } from './message-metadata.ts'
import type { MessageOutput, PostMessageInput, SlackCall, UpdateMessageInput } from './schemas.ts'

/** Posts a message that carries the idempotency key in its metadata, by which `findPostedMessage` knows it again. */
export async function postMessage(call: SlackCall, input: PostMessageInput): Promise<MessageOutput> {
  const channel = channelOf(input, call.settings)
  const thread = input.threadTs === undefined ? {} : { thread_ts: input.threadTs }
  const metadata = metadataFor(call.idempotencyKey)
  return messageAnswer(
    await askSlack(call, (client) => client.chat.postMessage({ channel, text: input.text, metadata, ...thread })),
  )
}

/** Gives a message of the bot another text; the same text a second time changes nothing. */
export async function updateMessage(call: SlackCall, input: UpdateMessageInput): Promise<MessageOutput> {
  const { channel, ts, text } = input
  return messageAnswer(await askSlack(call, (client) => client.chat.update({ channel, ts, text })))
}
