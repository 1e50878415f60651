import { ConnectorCatalogueEntry } from '@neonhub/contract'
import { compact } from '../base/compact.ts'
import type { ConnectionSummary, ConnectorRow } from '../runtime/index.ts'
import { JsonMembers } from './json-members.ts'
import type { ReadOnly } from './read-only.ts'

const StoredActions = ConnectorCatalogueEntry.shape.actions.element.omit({ tool: true }).array()
const StoredTriggers = ConnectorCatalogueEntry.shape.triggers

/**
 * A connector of the catalogue as the contract shows it, with those of the connections that are made by it, and how it is
 * connected by consent.
 */
export function toCatalogueEntry(
  { authKind, settings, credentials, sandboxSettings, actions, triggers, changedAt, goneAt, ...row }: ConnectorRow,
  {
    connections,
    consent,
  }: {
    readonly connections: readonly ConnectionSummary[]
    readonly consent: ReadOnly<ConnectorCatalogueEntry>['consent']
  },
): ReadOnly<ConnectorCatalogueEntry> {
  return {
    ...row,
    auth: authKind,
    settings: JsonMembers.parse(settings),
    credentials: JsonMembers.parse(credentials),
    sandboxSettings: JsonMembers.parse(sandboxSettings),
    actions: StoredActions.parse(actions).map((action) => ({ ...action, tool: `${row.id}.${action.name}` })),
    triggers: StoredTriggers.parse(triggers),
    changedAt: changedAt.toISOString(),
    ...compact({ goneAt: goneAt?.toISOString(), consent }),
    connections: connections
      .filter(({ connector }) => connector === row.id)
      .map(({ id, name, mode, status }) => ({ id, name, mode, status })),
  }
}
