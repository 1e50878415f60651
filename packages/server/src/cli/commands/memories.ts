import { type Memory, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

export async function listMemories(
  client: ApiClient,
  terminal: Terminal,
  { brand, status }: { readonly brand?: string; readonly status?: Memory['status'] },
): Promise<void> {
  const page = await client.call(routes.listMemories, { query: { ...compact({ brand, status }), limit: 100 } })
  if (terminal.isJson) return terminal.print(JSON.stringify(page))
  if (page.memories.length === 0) {
    return terminal.print('Nothing is remembered. Try: npx neonhub memories add --brand SLUG --text TEXT')
  }
  const rows = page.memories.map((one) => [
    one.id,
    one.brand,
    one.kind,
    stateOf(one),
    one.agent ?? 'all',
    cut(plainText(one.text)),
  ])
  terminal.print(formatTable([['MEMORY', 'BRAND', 'KIND', 'STATE', 'TOLD', 'TEXT'], ...rows]))
}

export interface NewMemoryOptions {
  readonly brand: string
  readonly text: string
  readonly kind: Memory['kind']
  readonly agent?: string
  readonly pin: boolean
  readonly expires?: string
  readonly person?: string
  readonly replaces?: string
}

export async function addMemory(client: ApiClient, terminal: Terminal, options: NewMemoryOptions): Promise<void> {
  const { brand, text, kind, agent, pin, expires, person, replaces } = options
  const personId = person === undefined ? undefined : parseId(person)
  const replaced = replaces === undefined ? undefined : parseId(replaces)
  const rest = compact({ agent, expiresAt: expires, personId, replaces: replaced })
  print(terminal, await client.call(routes.createMemory, { body: { brand, text, kind, pinned: pin, ...rest } }))
}

export async function showMemory(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  print(terminal, await client.call(routes.getMemory, { params: { id: parseId(id) } }))
}

/** Accepts a proposed memory, or pins one. */
export async function changeMemory(
  client: ApiClient,
  terminal: Terminal,
  { id, ...body }: { readonly id: string; readonly accept?: true; readonly pinned?: boolean },
): Promise<void> {
  print(terminal, await client.call(routes.changeMemory, { params: { id: parseId(id) }, body }))
}

export async function forgetMemory(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const memory = await client.call(routes.deleteMemory, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(memory))
  terminal.print(`Forgotten: ${cut(plainText(memory.text))}`)
}

function print(terminal: Terminal, memory: Memory): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(memory))
  const { id, brand, kind, text, agent, createdBy, createdAt } = memory
  terminal.print(`${pc.bold(id)}  ${kind} of ${brand}, ${stateOf(memory)}`)
  terminal.print(
    pc.dim(`told to ${agent ?? 'all agents'}; by ${createdBy}, ${createdAt.slice(0, 16).replace('T', ' ')}`),
  )
  terminal.print(plainText(text))
}

function stateOf({ status, pinned, replacedBy, expiresAt }: Memory): string {
  if (replacedBy !== undefined) return 'replaced'
  if (expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()) return 'expired'
  return status === 'active' && pinned ? 'pinned' : status
}

const cut = (text: string) => {
  const line = text.replaceAll(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 79)}…`
}
