import { type ErasureReceipt, routes } from '@neonhub/contract'
import pc from 'picocolors'
import type { ApiClient } from '../client.ts'
import { formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'
import { parseChannel } from './people-work.ts'

interface Named {
  readonly address: string
  readonly channel: string | undefined
}

/** Prints everything about a person as JSON, which is also what the person is handed. */
export async function exportPerson(client: ApiClient, terminal: Terminal, { address, channel }: Named): Promise<void> {
  const body = { address, channel: parseChannel(channel, address) }
  const exported = await client.call(routes.exportPerson, { body })
  terminal.print(JSON.stringify(exported, undefined, terminal.isJson ? undefined : 2))
}

/** Erases a person and prints the receipt. */
export async function erasePerson(client: ApiClient, terminal: Terminal, { address, channel }: Named): Promise<void> {
  const body = { address, channel: parseChannel(channel, address) }
  const receipt = await client.call(routes.erasePerson, { body })
  terminal.print(terminal.isJson ? JSON.stringify(receipt) : formatReceipt(receipt))
}

function formatReceipt({ people, addresses, tables, addressHmac, erasedAt }: ErasureReceipt): string {
  if (tables.length === 0) {
    return [
      'Nothing about this address is kept, and nothing is written to it.',
      pc.dim(`address by hash ${addressHmac}`),
    ].join('\n')
  }
  const rows = tables.map(({ table, column = '', deleted, redacted }) => [
    table,
    column,
    deleted === undefined ? `${redacted ?? 0} redacted` : `${deleted} deleted`,
  ])
  return [
    `Erased ${people === 1 ? 'a person' : `${people} people`} with ${addresses === 1 ? 'one address' : `${addresses} addresses`}, for good.`,
    formatTable(rows),
    pc.dim(`at ${erasedAt}, address by hash ${addressHmac}`),
    'Nothing is written to it any more, and no import takes it in. Backups that were made before still have it.',
  ].join('\n')
}
