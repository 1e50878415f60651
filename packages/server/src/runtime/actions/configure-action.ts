import { z } from 'zod'
import { NeonHubError } from '../../base/errors.ts'
import { jsonSchemaOf } from '../../base/json-schema.ts'
import { connectors } from '../../connectors/index.ts'
import type { Action } from '../../connectors/spec.ts'
import type { TenantTx } from '../../db/index.ts'
import { connectionNotFound } from '../connections.ts'
import { findConnection } from '../sql/connections.ts'
import { type ActionConfig, type ActionKey, insertActionConfig, listActionConfigs } from './sql/action-configs.ts'

/** An action of a connection, with what is fixed of it. */
export interface ConfiguredAction extends ActionConfig {
  readonly action: string
  readonly tool: string
  readonly description: string
  /** JSON Schema of its arguments. */
  readonly input: unknown
}

async function getActions(tx: TenantTx, connectionId: ActionKey['connectionId']) {
  const connection = await findConnection(tx, { id: connectionId })
  if (!connection) throw connectionNotFound(connectionId)
  return { connector: connection.connector, actions: connectors.get(connection.connector)?.actions ?? {} }
}

/** Every action of a connection's connector, with what is fixed of it here. Throws `runtime.connection_not_found`. */
export async function listConfiguredActions(
  tx: TenantTx,
  connectionId: ActionKey['connectionId'],
): Promise<readonly ConfiguredAction[]> {
  const { connector, actions } = await getActions(tx, connectionId)
  const configured: ConfiguredAction[] = []
  for (const [action, { description, input }] of Object.entries(actions)) {
    const [{ version, enabled, fixed, defaults, price }] = await listActionConfigs(tx, { connectionId, action })
    const described = { action, tool: `${connector}.${action}`, description, input: jsonSchemaOf(input) }
    configured.push({ ...described, version, enabled, fixed, defaults, price })
  }
  return configured
}

/**
 * Sets what is fixed of an action of a connection. It counts for each call that has not left. Throws
 * `runtime.connection_not_found`, `runtime.action_unknown`, and `runtime.action_config_invalid` with each argument that the
 * action does not have, or not so.
 */
export async function configureAction(
  tx: TenantTx,
  { connectionId, action: name, ...config }: ActionKey & Omit<ActionConfig, 'version'> & { readonly actor: string },
): Promise<void> {
  const { connector, actions } = await getActions(tx, connectionId)
  const action = actions[name]
  if (!action) {
    throw new NeonHubError('runtime.action_unknown', `${connector} has no action named ${name}`, {
      kind: 'not_found',
      hint: `Its actions are ${Object.keys(actions).join(', ')}.`,
    })
  }
  const issues = faultsOf(action, config)
  if (issues.length > 0) {
    const reasons = issues.map((issue) => `${issue.path}: ${issue.message}`).join('; ')
    throw new NeonHubError(
      'runtime.action_config_invalid',
      `This cannot be fixed of ${connector}.${name}: ${reasons}`,
      {
        kind: 'invalid',
        issues,
        hint: `neonhub connections actions ${connectionId} shows which arguments it takes.`,
      },
    )
  }
  await insertActionConfig(tx, { connectionId, action: name, ...config })
}

function faultsOf({ input }: Action, { fixed, defaults }: Pick<ActionConfig, 'fixed' | 'defaults'>) {
  const shape: Readonly<Record<string, unknown>> = input instanceof z.ZodObject ? input.shape : {}
  const check = (place: 'fixed' | 'defaults', [name, value]: [string, unknown]) => {
    const path = `${place}.${name}`
    const schema = Object.hasOwn(shape, name) ? shape[name] : undefined
    if (!(schema instanceof z.ZodType)) return [{ path, message: 'is no argument of it' }]
    if (place === 'defaults' && Object.hasOwn(fixed, name)) return [{ path, message: 'is fixed already' }]
    const { error } = schema.safeParse(value)
    return error ? error.issues.map((one) => ({ path: [path, ...one.path].join('.'), message: one.message })) : []
  }
  return [
    ...Object.entries(fixed).flatMap((entry) => check('fixed', entry)),
    ...Object.entries(defaults).flatMap((entry) => check('defaults', entry)),
  ]
}
