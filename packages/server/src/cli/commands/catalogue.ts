import { type ActionPrice, type Permission, permissions, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import { formatAmount } from '../../base/format-amount.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { formatBreaker } from '../print/breaker.ts'
import { formatStatus, formatTable, plainText } from '../print/format.ts'
import { readYamlFile } from '../read-yaml-file.ts'
import type { Terminal } from '../terminal.ts'

export async function listAgents(client: ApiClient, terminal: Terminal): Promise<void> {
  const { agents } = await client.call(routes.listAgents)
  if (terminal.isJson) return terminal.print(JSON.stringify(agents))
  for (const agent of agents) {
    const paused = agent.status === 'paused' ? `  ${pc.yellow('paused')}` : ''
    terminal.print(`${pc.bold(agent.name)}${paused}  ${pc.dim(agent.description)}`)
    for (const intent of agent.intents) terminal.print(`  ${intent.name.padEnd(20)} ${pc.dim(intent.description)}`)
  }
}

export async function listConnections(client: ApiClient, terminal: Terminal): Promise<void> {
  const { connections } = await client.call(routes.listConnections)
  if (terminal.isJson) return terminal.print(JSON.stringify(connections))
  const rows = connections.map((one) => [
    one.name,
    one.connector,
    one.mode,
    formatStatus(one.status),
    one.id,
    one.authorization?.account ?? '',
    one.breaker ? formatBreaker(one.breaker) : plainText(one.lastError ?? ''),
  ])
  terminal.print(formatTable([['NAME', 'CONNECTOR', 'MODE', 'STATUS', 'ID', 'ACCOUNT', 'LAST ERROR'], ...rows]))
}

/** What can be connected here, and by which names it is. */
export async function listConnectors(client: ApiClient, terminal: Terminal): Promise<void> {
  const { connectors } = await client.call(routes.listConnectors)
  if (terminal.isJson) return terminal.print(JSON.stringify(connectors))
  const rows = connectors.map(({ id, name, auth, actions, triggers, goneAt, connections }) => [
    id,
    name,
    auth,
    goneAt === undefined ? [...actions, ...triggers].map((one) => one.name).join(' ') : pc.red(`gone since ${goneAt}`),
    connections.map((one) => one.name).join(', '),
  ])
  terminal.print(formatTable([['ID', 'NAME', 'CREDENTIALS', 'ACTIONS AND EVENTS', 'CONNECTED AS'], ...rows]))
}

/**
 * Prints the page on which a signed-in person connects an account by consent. The consent begins there and not here: the
 * same browser session has to begin and to finish it. Throws `cli.connector_unknown` and `cli.no_consent`.
 */
export async function connectAccount(
  client: ApiClient,
  terminal: Terminal,
  { name, connector: id }: { readonly name: string; readonly connector: string },
): Promise<void> {
  const { consent } = await findConnector(client, id)
  if (!consent?.isConfigured) {
    throw new NeonHubError('cli.no_consent', `An account of ${id} cannot be connected by consent here`, {
      kind: 'conflict',
      hint: consent
        ? `Register an app at the provider with the redirect address ${consent.redirectUri}, and set ${consent.variables}.`
        : `Enter its credentials: neonhub connections add ${name} --connector ${id} --file FILE`,
    })
  }
  const url = new URL(consent.redirectUri)
  url.pathname = url.pathname.slice(0, url.pathname.lastIndexOf('/callback/'))
  url.search = new URLSearchParams({ connect: id, name }).toString()
  if (terminal.isJson) return terminal.print(JSON.stringify({ url: url.href, scopes: consent.scopes }))
  terminal.print(`Open this where you are signed in, and press Connect:\n  ${pc.bold(url.href)}`)
}

/** A connector with its actions and what a connection of it is set to. Throws `cli.connector_unknown`. */
export async function showConnector(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const connector = await findConnector(client, id)
  if (terminal.isJson) return terminal.print(JSON.stringify(connector))
  terminal.print(`${pc.bold(connector.name)}  ${pc.dim(connector.description)}`)
  const actions = connector.actions.map((one) => [one.tool, one.effect, pc.dim(one.description)])
  const triggers = connector.triggers.map((one) => [one.name, 'event', pc.dim(one.description)])
  terminal.print(formatTable([...actions, ...triggers]))
  terminal.print(`settings ${JSON.stringify(connector.settings, null, 2)}`)
  terminal.print(`credentials (${connector.auth}) ${JSON.stringify(connector.credentials, null, 2)}`)
  const { consent } = connector
  if (!consent) return
  const how = consent.isConfigured ? 'connections connect' : `once ${consent.variables} are set`
  terminal.print(`by consent (${how}), with the redirect address ${consent.redirectUri}`)
}

async function findConnector(client: ApiClient, id: string) {
  const { connectors } = await client.call(routes.listConnectors)
  const connector = connectors.find((one) => one.id === id)
  if (connector) return connector
  throw new NeonHubError('cli.connector_unknown', `There is no connector ${id}`, {
    kind: 'not_found',
    hint: `The connectors are ${connectors.map((one) => one.id).join(', ')}.`,
  })
}

/** Adds a real connection from a YAML or JSON file with `settings` and `credentials`, or a sandbox one without. */
export async function addConnection(
  client: ApiClient,
  terminal: Terminal,
  { name, connector, file }: { readonly name: string; readonly connector: string; readonly file: string | undefined },
): Promise<void> {
  const connection = await client.call(routes.createConnection, {
    body: { name, connector, ...(await partsFrom(file)) },
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(connection))
  terminal.print(`${pc.bold(connection.name)} is connected (${connection.mode}), id ${connection.id}`)
}

/** Sets a connection anew from such a file, or to a sandbox without one. */
export async function updateConnection(
  client: ApiClient,
  terminal: Terminal,
  { id, file }: { readonly id: string; readonly file: string | undefined },
): Promise<void> {
  const connection = await client.call(routes.replaceConnection, {
    params: { id: parseId(id) },
    body: await partsFrom(file),
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(connection))
  terminal.print(`${pc.bold(connection.name)} is set anew (${connection.mode})`)
}

/** The actions of a connection, with what is fixed of each. */
export async function listActions(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const { actions } = await client.call(routes.listConnectionActions, { params: { id: parseId(id) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(actions))
  const textOf = (members: object) => (Object.keys(members).length === 0 ? '' : JSON.stringify(members))
  const rows = actions.map((one) => [
    one.action,
    one.enabled ? 'on' : 'off',
    one.price ? `${formatAmount(one.price.micros, one.price.currency)} a ${one.price.per}` : '',
    textOf(one.fixed),
    textOf(one.defaults),
  ])
  terminal.print(formatTable([['ACTION', 'AGENTS', 'PRICE', 'FIXED', 'DEFAULTS'], ...rows]))
}

/** What `connections configure` takes. */
export interface ActionFlags {
  readonly file?: string
  readonly enable?: boolean
  readonly disable?: boolean
  /** In units of the currency; false takes it away. */
  readonly price?: number | false
  readonly currency?: string
  readonly perRecipient?: boolean
}

/** Sets what is fixed of an action; what no option names stays. Throws `cli.nothing_to_set` and `cli.price_invalid`. */
export async function configureAction(
  client: ApiClient,
  terminal: Terminal,
  asked: ActionFlags & { readonly id: string; readonly action: string },
): Promise<void> {
  const { action, file, enable = false, disable = false } = asked
  const isPriced = asked.price !== undefined
  if ((file === undefined && !enable && !disable && !isPriced) || (enable && disable)) {
    throw new NeonHubError('cli.nothing_to_set', 'There is nothing to set, or two things that contradict each other', {
      kind: 'invalid',
      hint: 'Give --file with "fixed" and "defaults", --price with --currency, --enable or --disable.',
    })
  }
  if (!isPriced && (asked.currency !== undefined || asked.perRecipient === true)) {
    throw priceInvalid('--currency and --per-recipient say how a price is meant, and there is none')
  }
  const params = { id: parseId(asked.id), action }
  const { actions } = await client.call(routes.listConnectionActions, { params: { id: params.id } })
  const standing = actions.find((one) => one.action === action)
  const { fixed = {}, defaults = {}, enabled = true } = standing ?? {}
  const given = file === undefined ? { fixed, defaults } : await readConfig(file)
  const price = asked.price === undefined ? standing?.price : priceOf(asked)
  const body = { ...given, enabled: enable || (enabled && !disable), ...compact({ price }) }
  const configured = await client.call(routes.configureAction, { params, body })
  if (terminal.isJson) return terminal.print(JSON.stringify(configured))
  terminal.print(
    `${pc.bold(configured.tool)} is ${configured.enabled ? 'on' : 'off'}, as version ${configured.version}`,
  )
}

function priceOf({ price, currency = 'USD', perRecipient = false }: ActionFlags): ActionPrice | undefined {
  if (price === undefined || price === false) return undefined
  const micros = Math.round(price * 1_000_000)
  // Rounded to nought it would be free.
  if (price > 0 && micros === 0) throw priceInvalid(`${price} is less than a millionth of the currency`)
  return { micros, currency, per: perRecipient ? 'recipient' : 'call' }
}

const priceInvalid = (message: string) =>
  new NeonHubError('cli.price_invalid', message, {
    kind: 'invalid',
    hint: 'Give the whole price: --price 0.07 --currency EUR, with --per-recipient where it is for each.',
  })

async function readConfig(file: string) {
  const pick = await readMembers(file, 'It must be YAML or JSON with "fixed" and "defaults".')
  return { fixed: pick('fixed'), defaults: pick('defaults') }
}

const partsFrom = async (file: string | undefined) =>
  file === undefined ? { mode: 'sandbox' as const } : { mode: 'real' as const, ...(await readParts(file)) }

const partsHint = 'It must be YAML or JSON with "settings" and "credentials".'

async function readParts(file: string) {
  const pick = await readMembers(file, partsHint)
  return { settings: pick('settings'), credentials: pick('credentials') }
}

/** Reads a file of objects; what it returns finds one by its name, an empty one where there is none. */
async function readMembers(file: string, hint: string) {
  const value = await readYamlFile(file, { hint })
  const parts = typeof value === 'object' && value !== null ? value : {}
  return (key: string): Record<string, unknown> => {
    const part: unknown = Reflect.get(parts, key)
    return typeof part === 'object' && part !== null ? { ...part } : {}
  }
}

/** Lets calls of a connection leave that are paused because the last ones failed. */
export async function resumeConnection(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const connection = await client.call(routes.resumeConnection, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(connection) : `Calls of ${connection.name} leave again.`)
}

export async function checkConnection(client: ApiClient, terminal: Terminal, id: string): Promise<boolean> {
  const connection = await client.call(routes.checkConnection, { params: { id: parseId(id) } })
  const complaint = connection.lastError === undefined ? '' : `: ${connection.lastError}`
  const line = `${connection.name} is ${formatStatus(connection.status)}${complaint}`
  terminal.print(terminal.isJson ? JSON.stringify(connection) : line)
  return connection.status === 'active'
}

export async function listKeys(client: ApiClient, terminal: Terminal): Promise<void> {
  const { apiKeys } = await client.call(routes.listApiKeys)
  if (terminal.isJson) return terminal.print(JSON.stringify(apiKeys))
  const rows = apiKeys.map((key) => [
    key.id,
    key.name,
    `${key.prefix}…`,
    key.revokedAt ? 'revoked' : (key.expiresAt ?? 'no end'),
    key.scopes.join(' '),
  ])
  terminal.print(formatTable([['ID', 'NAME', 'KEY', 'UNTIL', 'SCOPES'], ...rows]))
}

/** Makes an API key and prints it once. Without scopes it may do all that an operator may. */
export async function createKey(
  client: ApiClient,
  terminal: Terminal,
  { name, scopes }: { readonly name: string; readonly scopes: readonly string[] },
): Promise<void> {
  const known = permissions.filter((permission) => scopes.length === 0 || scopes.includes(permission))
  const unknown = scopes.filter((scope) => !permissions.some((permission) => permission === scope))
  if (unknown.length > 0) {
    throw new NeonHubError('cli.scope_unknown', `There is no scope ${unknown.join(', ')}`, {
      kind: 'invalid',
      hint: `The scopes are ${permissions.join(', ')}.`,
    })
  }
  const made = await client.call(routes.createApiKey, { body: { name, scopes: known satisfies Permission[] } })
  if (terminal.isJson) return terminal.print(JSON.stringify(made))
  terminal.print(`${made.key}\n${pc.dim('Keep it: it is shown this once. Send it as "Authorization: Bearer KEY".')}`)
}

export async function revokeKey(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const key = await client.call(routes.revokeApiKey, { params: { id: parseId(id) } })
  terminal.print(terminal.isJson ? JSON.stringify(key) : `${key.name} is revoked.`)
}
