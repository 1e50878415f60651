import { routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

export async function listOrganizations(client: ApiClient, terminal: Terminal): Promise<void> {
  const { organizations } = await client.call(routes.getMe)
  if (terminal.isJson) return terminal.print(JSON.stringify(organizations))
  const rows = organizations.map(({ slug, name, timeZone, id }) => [slug, name, timeZone, id])
  terminal.print(formatTable([['SLUG', 'NAME', 'TIME ZONE', 'ID'], ...rows]))
}

export async function createOrganization(
  client: ApiClient,
  terminal: Terminal,
  options: { readonly slug: string; readonly name?: string; readonly timeZone: string; readonly owner?: string },
): Promise<void> {
  const made = await client.call(routes.createOrganization, { body: options })
  if (terminal.isJson) return terminal.print(JSON.stringify(made))
  terminal.print(`${pc.bold(made.name)} is there. Act for it with --organization ${made.slug}`)
}
