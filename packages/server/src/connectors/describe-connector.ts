import { hashJson } from '../base/json.ts'
import { jsonSchemaOf } from '../base/json-schema.ts'
import type { Connector, EffectClass, PeopleChannel } from './spec.ts'

/** Whether a real connection takes credentials. */
export type ConnectorAuthKind = 'none' | 'optional' | 'required'

/** One of a connector's actions, as the catalogue tells of it. */
export interface ActionDescription {
  readonly name: string
  readonly description: string
  readonly effect: EffectClass
  /** Only where its recipients are people. */
  readonly toPeople?: PeopleChannel
}

/** A connector without its functions: what of it can be stored and shown. */
export interface ConnectorDescription {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly authKind: ConnectorAuthKind
  /** JSON Schema of what is no secret. */
  readonly settings: unknown
  /** JSON Schema of what is sealed. */
  readonly credentials: unknown
  readonly sandboxSettings: unknown
  readonly actions: readonly ActionDescription[]
  readonly triggers: readonly { readonly name: string; readonly description: string }[]
  /** SHA-256 over all the rest. */
  readonly definitionHash: string
}

/** Says what a connector takes, does and tells, and the hash by which a change of that is seen. */
export function describeConnector(connector: Connector): ConnectorDescription {
  const { id, name, description, sandboxSettings } = connector
  const described = {
    id,
    name,
    description,
    authKind: authKindOf(connector),
    settings: jsonSchemaOf(connector.settings),
    credentials: jsonSchemaOf(connector.credentials),
    sandboxSettings,
    actions: Object.entries(connector.actions).map(([actionName, action]) => ({
      name: actionName,
      description: action.description,
      effect: action.effect,
      ...(action.toPeople ? { toPeople: action.toPeople.channel } : {}),
    })),
    triggers: Object.entries(connector.triggers ?? {}).map(([triggerName, trigger]) => ({
      name: triggerName,
      description: trigger.description,
    })),
  }
  return { ...described, definitionHash: hashJson(described) }
}

/** By the schema that credentials are parsed with, so that the two cannot differ. */
function authKindOf({ credentials }: Connector): ConnectorAuthKind {
  if (!credentials.safeParse({}).success) return 'required'
  return Object.keys(jsonSchemaOf(credentials).properties ?? {}).length === 0 ? 'none' : 'optional'
}
