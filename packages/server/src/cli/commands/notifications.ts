import { type Notification, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** What asks for a person, the newest first: only what is unread, unless all is asked for. */
export async function listNotifications(
  client: ApiClient,
  terminal: Terminal,
  { all, limit, before }: { readonly all: boolean; readonly limit: number; readonly before?: string },
): Promise<void> {
  const query = { limit, unread: all ? 'false' : 'true', ...(before === undefined ? {} : { before }) } as const
  const page = await client.call(routes.listNotifications, { query })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.notifications.length === 0)
    return terminal.print(all ? 'Nothing has asked for a person.' : 'Nothing asks for you.')
  const rows = page.notifications.map((one) => [
    one.id,
    one.kind.replaceAll('_', ' '),
    plainText(describe(one)),
    String(one.count),
    one.lastAt,
    one.resolvedAt === undefined ? (one.unread ? pc.yellow('unread') : 'read') : pc.dim('resolved'),
  ])
  terminal.print(formatTable([['ID', 'WHAT', 'ABOUT', 'TIMES', 'LAST', ''], ...rows]))
  if (page.nextBefore !== undefined) terminal.print(pc.dim(`Older ones: --before ${page.nextBefore}`))
}

const describe = ({ subject, facts }: Notification) =>
  [subject.type.replaceAll('_', ' '), ...Object.values(facts).map(String), subject.id].join(' ')

/** Marks one as read, or all of them. */
export async function readNotifications(client: ApiClient, terminal: Terminal, id: string | undefined): Promise<void> {
  if (id !== undefined) {
    const read = await client.call(routes.readNotification, { params: { id: parseId(id) } })
    return terminal.print(terminal.isJson ? JSON.stringify(read) : `Notification ${read.id} is read.`)
  }
  const result = await client.call(routes.readAllNotifications)
  terminal.print(terminal.isJson ? JSON.stringify(result) : `${result.read} were unread.`)
}
