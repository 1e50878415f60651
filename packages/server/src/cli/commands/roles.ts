import { Permission, permissions, type Role, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { formatTable } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

/** Prints the roles of the organization with what each allows. */
export async function listRoles(client: ApiClient, terminal: Terminal): Promise<void> {
  const answer = await client.call(routes.listRoles)
  if (terminal.isJson) return terminal.print(JSON.stringify(answer))
  const rows = answer.roles.map(({ id, name, members, permissions: held, description }) => [
    name,
    id === undefined ? 'built in' : 'own',
    String(members),
    held.length === permissions.length ? 'everything' : held.join(' '),
    pc.dim(description),
  ])
  terminal.print(formatTable([['ROLE', '', 'MEMBERS', 'ALLOWS', ''], ...rows]))
  if (answer.withheld.length > 0) terminal.print(`Withheld from all of them: ${answer.withheld.join(' ')}`)
}

/** Reads permissions from the command line. Throws `cli.permission_unknown`. */
function parsePermissions(texts: readonly string[]): Permission[] {
  return texts.map((text) => {
    const permission = Permission.safeParse(text)
    if (permission.success) return permission.data
    throw new NeonHubError('cli.permission_unknown', `There is no permission ${text}`, {
      kind: 'invalid',
      hint: `There are ${permissions.join(', ')}.`,
    })
  })
}

async function getOwnRole(client: ApiClient, name: string): Promise<Role & { readonly id: string }> {
  const { roles } = await client.call(routes.listRoles)
  const role = roles.find((one) => one.name === name)
  if (role?.id !== undefined) return { ...role, id: role.id }
  throw new NeonHubError('cli.role_unknown', `${name} is no role of the organization’s own`, {
    kind: role ? 'invalid' : 'not_found',
    hint: role ? 'The built-in roles stay as they are. Make one: neonhub roles create.' : 'neonhub roles lists them.',
  })
}

function printRole(terminal: Terminal, role: Role, what: string): void {
  if (terminal.isJson) return terminal.print(JSON.stringify(role))
  terminal.print(`${pc.bold(role.name)} ${what}: ${role.permissions.join(', ') || 'nothing'}`)
}

interface RoleOptions {
  readonly name: string
  readonly permissions: readonly string[]
  readonly description?: string | undefined
}

export async function createRole(client: ApiClient, terminal: Terminal, options: RoleOptions): Promise<void> {
  const { name, description = '' } = options
  const body = { name, description, permissions: parsePermissions(options.permissions) }
  printRole(terminal, await client.call(routes.createRole, { body }), 'allows')
}

/** Sets what a role allows, whole; the description stays where none is given. */
export async function updateRole(client: ApiClient, terminal: Terminal, options: RoleOptions): Promise<void> {
  const { id, description } = await getOwnRole(client, options.name)
  const body = {
    description: options.description ?? description,
    permissions: parsePermissions(options.permissions),
  }
  printRole(terminal, await client.call(routes.updateRole, { params: { id }, body }), 'allows from now on')
}

export async function deleteRole(client: ApiClient, terminal: Terminal, name: string): Promise<void> {
  const { id } = await getOwnRole(client, name)
  printRole(terminal, await client.call(routes.deleteRole, { params: { id } }), 'is gone. It allowed')
}

/** Sets what nobody of the organization has, whatever role or key: for the operator of the installation. */
export async function withholdPermissions(
  client: ApiClient,
  terminal: Terminal,
  names: readonly string[],
): Promise<void> {
  const body = { withheld: parsePermissions(names) }
  const answer = await client.call(routes.withholdPermissions, { body })
  if (terminal.isJson) return terminal.print(JSON.stringify(answer))
  terminal.print(answer.withheld.length === 0 ? 'Nothing is withheld.' : `Withheld: ${answer.withheld.join(', ')}`)
}
