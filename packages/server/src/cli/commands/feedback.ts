import { type Feedback, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

export async function listFeedback(
  client: ApiClient,
  terminal: Terminal,
  { brand }: { readonly brand?: string },
): Promise<void> {
  const page = await client.call(routes.listFeedback, { query: { limit: 100, brand } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.feedback.length === 0) return terminal.print('Nobody has said anything of a text yet.')
  const rows = page.feedback.map((one) => [
    one.id,
    one.brand,
    one.verdict,
    one.withdrawnAt === undefined ? plainText(one.remark) : pc.dim('withdrawn'),
    one.givenBy,
  ])
  terminal.print(formatTable([['ID', 'BRAND', 'VERDICT', 'REMARK', 'BY'], ...rows]))
}

export interface GiveFlags {
  readonly content?: string
  readonly message?: string
  readonly verdict: Feedback['verdict']
  readonly remark?: string
}

/** Says what is good or bad of a piece of content or an answer. */
export async function giveFeedback(
  client: ApiClient,
  terminal: Terminal,
  { content, message, verdict, remark }: GiveFlags,
): Promise<void> {
  const given = await client.call(routes.giveFeedback, {
    body: {
      verdict,
      ...(remark === undefined ? {} : { remark }),
      ...(content === undefined ? {} : { contentId: parseId(content) }),
      ...(message === undefined ? {} : { messageId: parseId(message) }),
    },
  })
  terminal.print(terminal.isJson ? JSON.stringify(given) : `It is kept, id ${given.id}.`)
}

export async function withdrawFeedback(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const withdrawn = await client.call(routes.withdrawFeedback, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(withdrawn) : 'It is withdrawn; agents are told it no longer.')
}
