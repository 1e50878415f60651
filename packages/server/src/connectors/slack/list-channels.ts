import { askSlack } from './ask-slack.ts'
import type { ListChannelsInput, ListChannelsOutput, SlackCall } from './schemas.ts'

/** One page of the channels that the bot can see. Slack may give an empty page with a cursor. */
export async function listChannels(call: SlackCall, { limit, cursor }: ListChannelsInput): Promise<ListChannelsOutput> {
  const answer = await askSlack(call, (client) =>
    client.conversations.list({
      limit,
      exclude_archived: true,
      types: 'public_channel,private_channel',
      ...(cursor === undefined ? {} : { cursor }),
    }),
  )
  const nextCursor = answer.response_metadata?.next_cursor
  return {
    channels: (answer.channels ?? []).flatMap(({ id, name, is_private: isPrivate, is_member: isMember }) =>
      id === undefined || name === undefined
        ? []
        : [{ id, name, isPrivate: isPrivate ?? false, isMember: isMember ?? false }],
    ),
    ...(nextCursor ? { nextCursor } : {}),
  }
}
