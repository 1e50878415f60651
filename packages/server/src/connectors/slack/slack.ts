import { action, defineConnector, webhook } from '../define-connector.ts'
import { askSlack } from './ask-slack.ts'
import { findPostedMessage } from './find-posted-message.ts'
import { listChannels } from './list-channels.ts'
import { parseSlackRequest } from './parse-slack-request.ts'
import { sandboxFindPosted, sandboxListChannels, sandboxPostMessage, sandboxUpdateMessage } from './sandbox-slack.ts'
import {
  ListChannelsInput,
  ListChannelsOutput,
  MessageOutput,
  PostMessageInput,
  SlackCredentials,
  SlackSettings,
  UpdateMessageInput,
} from './schemas.ts'
import { slackOAuth } from './slack-oauth.ts'
import { verifySlackSignature } from './verify-slack-signature.ts'
import { postMessage, updateMessage } from './write-message.ts'

const noChannel = 'no channel'
/** Of no message that there is: Slack counts from 1970. */
const noMessage = '0.000000'

/** A Slack workspace, as its bot sees it. */
export const slack = defineConnector({
  id: 'slack',
  name: 'Slack',
  description: 'Posts messages in the channels of a Slack workspace, and hears what is written there.',
  settings: SlackSettings,
  sandboxSettings: { defaultChannel: '#general' },
  credentials: SlackCredentials,
  oauth: slackOAuth,
  actions: {
    postMessage: action({
      // chat.postMessage knows no key, but a message is found again by the metadata attached to it.
      effect: 'lookup',
      description: 'Post a message in a Slack channel.',
      input: PostMessageInput,
      output: MessageOutput,
      recipients: (input, settings) => [input.channel ?? settings.defaultChannel ?? []].flat(),
      preview: ({ channel, text, threadTs }, settings) => {
        const goal = channel ?? settings.defaultChannel
        const title = `Post in ${goal ?? noChannel}${threadTs === undefined ? '' : ` as an answer to ${threadTs}`}`
        return { title, recipients: [goal ?? []].flat(), body: text }
      },
      cost: 'free',
      run: postMessage,
      findEarlier: findPostedMessage,
      sandbox: sandboxPostMessage,
      simulate: ({ channel }, { defaultChannel }) => ({
        channel: channel ?? defaultChannel ?? noChannel,
        ts: noMessage,
      }),
      findEarlierInSandbox: sandboxFindPosted,
    }),
    updateMessage: action({
      // A message has one text: writing it twice leaves what writing it once left.
      effect: 'idempotent',
      description: 'Replace the text of a message that was posted before.',
      input: UpdateMessageInput,
      output: MessageOutput,
      recipients: ({ channel }) => [channel],
      preview: ({ channel, ts, text }) => ({
        title: `Change message ${ts} in ${channel}`,
        recipients: [channel],
        body: text,
      }),
      cost: 'free',
      run: updateMessage,
      sandbox: sandboxUpdateMessage,
      simulate: ({ channel, ts }) => ({ channel, ts }),
    }),
    listChannels: action({
      effect: 'read',
      description: 'List the Slack channels that the bot can see.',
      input: ListChannelsInput,
      output: ListChannelsOutput,
      recipients: () => [],
      preview: () => ({ title: 'List Slack channels', recipients: [], body: '' }),
      cost: 'free',
      run: listChannels,
      sandbox: sandboxListChannels,
      simulate: () => ({ channels: [] }),
    }),
  },
  triggers: {
    event: webhook({
      description: 'Messages, mentions and commands, as the Events API and slash commands send them.',
      verify: verifySlackSignature,
      parse: parseSlackRequest,
    }),
  },
  check: async (call) => {
    await askSlack(call, (client) => client.auth.test())
  },
})
