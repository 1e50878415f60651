import { z } from 'zod'
import { CallToAction, Network, subjectFields } from '../_lib/schemas.ts'

const connection = z.string().trim().min(1, 'must name a connection').max(100)

const distinct = (values: readonly string[]) =>
  new Set(values.map((value) => value.toLowerCase())).size === values.length

const EmailPart = z
  .strictObject({
    connection: connection.default('email').describe('The mail account of the organization that sends it'),
    to: z
      .array(z.email('must be an e-mail address').max(254))
      .min(1, 'must name at least one recipient')
      .max(50, 'must have at most 50 recipients; each of them gets a message of their own')
      .refine(distinct, 'must name each recipient once'),
  })
  .describe('The mail; each recipient gets a message of their own')

const SocialPart = z
  .strictObject({
    via: z
      .enum(['slack', 'webhook'], 'must be slack or webhook')
      .default('slack')
      .describe('What the posts are handed to'),
    connection: connection.optional().describe('The connection; the one named like `via` where absent'),
    channel: z.string().trim().min(1).max(100).optional().describe('The Slack channel, such as "#social-queue"'),
    networks: z
      .array(Network)
      .min(1, 'must name at least one network')
      .refine(distinct, 'must name each network once')
      .describe('One post is written for each'),
  })
  .refine(({ via, channel }) => via === 'slack' || channel === undefined, {
    message: 'is for Slack alone: a webhook has no channels',
    path: ['channel'],
  })
  .describe('The short posts, and who takes them from here')

/** What a campaign is asked for: the input of `CampaignAgent launch-campaign`. An unknown key is named and refused. */
export const Brief = z
  .strictObject({
    name: z.string('must say what the campaign is called').trim().min(1, 'must not be empty').max(120),
    ...subjectFields,
    objective: z
      .string('must say what the campaign is judged by')
      .trim()
      .min(3, 'must say what the campaign is judged by')
      .max(500),
    callToAction: CallToAction,
    article: z
      .strictObject({
        words: z
          .int('must be a whole number')
          .min(150, 'must be at least 150')
          .max(3000, 'must be at most 3,000')
          .default(700)
          .describe('How long it should be; a target, not a limit'),
      })
      .default({ words: 700 }),
    email: EmailPart.optional(),
    social: SocialPart.optional(),
  })
  .refine(({ email, social }) => email !== undefined || social !== undefined, {
    message: 'needs email, social or both: where should the campaign go?',
  })
export type Brief = z.output<typeof Brief>
