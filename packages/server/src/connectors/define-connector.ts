import type { z } from 'zod'
import type { Action, Connector, Trigger } from './spec.ts'

/** An action whose input and output types are erased, and which still says whose settings and credentials it takes. */
export type BoundAction<Settings, Credentials> = Action<z.ZodType, z.ZodType, Settings, Credentials>

/** A connector as its author writes it: every action is bound to this connector's settings and credentials. */
export interface ConnectorDefinition<Settings extends z.ZodType, Credentials extends z.ZodType> extends Omit<
  Connector<Settings, Credentials>,
  'actions' | 'triggers'
> {
  readonly actions: Readonly<Record<string, BoundAction<z.output<Settings>, z.output<Credentials>>>>
  readonly triggers?: Readonly<Record<string, Trigger<z.output<Credentials>>>>
}

/**
 * The one cast of the room. A registry holds connectors of unlike types, so their functions are seen there as taking
 * `unknown`. That is sound because only `call-action.ts` calls them, and it hands them nothing but what the same
 * connector's own schemas have just parsed.
 */
function erase<Erased>(typed: unknown): Erased {
  return typed as Erased
}

/** Describes one action; `run`, `sandbox` and `recipients` see the types of its schemas and of its connector. */
export function action<Input extends z.ZodType, Output extends z.ZodType, Settings, Credentials>(
  definition: Action<Input, Output, Settings, Credentials>,
): BoundAction<Settings, Credentials> {
  return erase(definition)
}

/** Describes how a service tells of its events: how a request is checked, and then read. */
export function webhook<Credentials>(definition: Trigger<Credentials>): Trigger<Credentials> {
  return definition
}

/** Describes a connector. An action made for the settings or credentials of another one does not compile. */
export function defineConnector<Settings extends z.ZodType, Credentials extends z.ZodType>(
  definition: ConnectorDefinition<Settings, Credentials>,
): Connector {
  return erase(definition)
}
