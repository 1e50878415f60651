import { NeonHubError, type RecordedError } from '../../base/errors.ts'
import { setCampaignStatus, setContentStatus } from '../../marketing/index.ts'
import type { BrandIntentContext, ToolCall, ToolResult } from '../../runtime/index.ts'
import type { EmailDraft, SocialPost } from '../_lib/schemas.ts'
import type { Brief } from './brief.ts'
import { emailKey, postKey, type SavedCampaign } from './save-pieces.ts'

/** What is to leave: one call of a tool, and the piece that is out once it has succeeded. */
interface Delivery {
  readonly key: string
  readonly pieceKey: string
  readonly call: ToolCall & { readonly input: object }
  /** The person it goes to, who may stop further ones. */
  readonly recipient?: string | undefined
}

/** What became of one delivery. */
export interface DeliveryResult {
  readonly key: string
  readonly piece: string
  readonly tool: string
  readonly status: ToolResult['status']
  readonly executionId: string
  readonly error?: RecordedError
}

export interface Outcome {
  readonly deliveries: readonly DeliveryResult[]
  /** Keys of the pieces that really went out. */
  readonly published: ReadonlySet<string>
}

/**
 * Sends the email, a message for each recipient so that none learns of another, and hands on the posts, all side by
 * side. A piece is published as soon as one of its deliveries has succeeded. What a person denied is told in the result.
 * Throws `agents.delivery_failed` where a provider refused one, or nobody decided in time, once all have been tried:
 * resuming the run tries those again.
 */
export async function deliver(
  context: BrandIntentContext<Brief>,
  saved: SavedCampaign,
  { email, posts }: { readonly email: EmailDraft | undefined; readonly posts: readonly SocialPost[] },
): Promise<Outcome> {
  const deliveries = [...emailDeliveries(context.input, email), ...postDeliveries(context.input, posts)]
  const published = new Set<string>()
  // Settled, not raced: a delivery that cannot begin must not cut off the others in mid-call.
  const settled = await Promise.allSettled(
    deliveries.map(async ({ key, pieceKey, call, recipient }): Promise<DeliveryResult> => {
      const result = await context.tools.call(key, await withWayOut(context, { key, call, recipient }))
      if (result.status === 'succeeded' && !published.has(pieceKey)) {
        published.add(pieceKey)
        await markPublished(context, saved, { pieceKey, isFirst: published.size === 1 })
      }
      const { id, status, error } = result
      return { key, piece: pieceKey, tool: call.tool, status, executionId: id, ...(error ? { error } : {}) }
    }),
  )
  const results = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason
    return one.value
  })
  refuseFailed(results)
  return { deliveries: results, published }
}

/** Adds the link that stops further mail, where this installation can be reached for it. */
async function withWayOut(
  context: BrandIntentContext<Brief>,
  { key, call, recipient }: Pick<Delivery, 'key' | 'call' | 'recipient'>,
): Promise<ToolCall> {
  if (recipient === undefined) return call
  const unsubscribeUrl = await context.unsubscribeUrl(`make the unsubscribe link: ${key}`, recipient)
  return unsubscribeUrl === undefined ? call : { ...call, input: { ...call.input, unsubscribeUrl } }
}

function emailDeliveries({ email: part }: Brief, email: EmailDraft | undefined): readonly Delivery[] {
  if (!part || !email) return []
  const { subject, text, html } = email
  return part.to.map((address, index) => ({
    key: `send the email to recipient ${index + 1}`,
    pieceKey: emailKey,
    recipient: address,
    call: { tool: 'email.send', connection: part.connection, input: { to: [address], subject, text, html } },
  }))
}

function postDeliveries({ social, name }: Brief, posts: readonly SocialPost[]): readonly Delivery[] {
  if (!social) return []
  const { via, channel } = social
  const connection = social.connection ?? via
  return posts.map(({ network, text, hashtags }) => ({
    key: `hand on the ${network} post`,
    pieceKey: postKey(network),
    call:
      via === 'slack'
        ? {
            tool: 'slack.postMessage',
            connection,
            input: { ...(channel === undefined ? {} : { channel }), text: escapeMrkdwn(text) },
          }
        : {
            tool: 'webhook.deliver',
            connection,
            input: { type: 'social.post', data: { campaign: name, network, text, hashtags } },
          },
  }))
}

/** Slack reads these three as its own marks (docs.slack.dev, "Formatting message text"). */
function escapeMrkdwn(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** Each piece has a step of its own: a run that is resumed asks for those that it asked for before, and for more. */
async function markPublished(
  context: BrandIntentContext<Brief>,
  { campaignId, contentIds }: SavedCampaign,
  { pieceKey, isFirst }: { readonly pieceKey: string; readonly isFirst: boolean },
): Promise<void> {
  const contentId = contentIds[pieceKey]
  if (isFirst) {
    await context.transaction('set the campaign active', (tx) =>
      setCampaignStatus(tx, { campaignId, status: 'active' }),
    )
  }
  if (contentId === undefined) return
  await context.transaction(`mark the ${pieceKey} as published`, (tx) =>
    setContentStatus(tx, { contentId, status: 'published' }),
  )
}

function refuseFailed(results: readonly DeliveryResult[]): void {
  const failed = results.filter(({ status }) => status === 'failed' || status === 'expired')
  const [first] = failed
  if (!first) return
  const reason = first.error === undefined ? '' : ` (${first.error.message})`
  throw new NeonHubError(
    'agents.delivery_failed',
    `${failed.length} of ${results.length} deliveries failed: ${failed.map(({ key }) => key).join(', ')}${reason}`,
    {
      kind: 'refused',
      hint: `${first.error?.hint ?? 'Look at the connection.'} Then resume the run: only what failed is tried again.`,
    },
  )
}
