import { sql, type TenantTx } from '../../../db/index.ts'

/** An intent as the catalogue has it, and how many of the organization's runs it has changed under. */
export interface CapabilityRow {
  readonly agent: string
  readonly intent: string
  readonly version: number
  readonly changedAt: Date
  readonly goneAt: Date | null
  /** Runs that are not over and were asked for with other schemas. */
  readonly runsBeforeChange: number
}

export async function listCapabilities(tx: TenantTx): Promise<readonly CapabilityRow[]> {
  const { rows } = await sql<CapabilityRow>`
    select c.agent, c.intent, c.version, c.updated_at as "changedAt", c.gone_at as "goneAt", count(r.id)::int as "runsBeforeChange"
    from agent_capabilities c
    left join agent_runs r on r.organization_id = ${tx.organizationId} and r.agent = c.agent and r.intent = c.intent
      and r.status in ('queued', 'running', 'waiting', 'needs_attention')
      and (r.schema_hash <> c.schema_hash or c.gone_at is not null)
    group by c.agent, c.intent
    order by c.agent, c.intent
  `.execute(tx)
  return rows
}

/** A tool as the catalogue has it. */
export interface ToolRow {
  readonly name: string
  readonly connector: string
  readonly effect: 'read' | 'idempotent' | 'lookup' | 'once'
  readonly version: number
  readonly inputSchema: unknown
  readonly changedAt: Date
  readonly goneAt: Date | null
}

export async function listToolRows(tx: TenantTx): Promise<readonly ToolRow[]> {
  const rows = await tx
    .selectFrom('tools')
    .select(['name', 'connector', 'effect', 'version', 'input_schema', 'updated_at', 'gone_at'])
    .orderBy('name')
    .execute()
  return rows.map(({ input_schema: inputSchema, updated_at: changedAt, gone_at: goneAt, ...row }) => ({
    ...row,
    inputSchema,
    changedAt,
    goneAt,
  }))
}

/** A connector as the catalogue has it; the schemas, actions and triggers are what the code said of them. */
export interface ConnectorRow {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly authKind: 'none' | 'optional' | 'required'
  readonly settings: unknown
  readonly credentials: unknown
  readonly sandboxSettings: unknown
  readonly actions: unknown
  readonly triggers: unknown
  readonly version: number
  readonly changedAt: Date
  readonly goneAt: Date | null
}

/** Every connector that the code has or had, by id. */
export async function listConnectorRows(tx: TenantTx): Promise<readonly ConnectorRow[]> {
  const { rows } = await sql<ConnectorRow>`
    select id, name, description, auth_kind as "authKind", settings_schema as settings, credentials_schema as credentials,
      sandbox_settings as "sandboxSettings", actions, triggers, version, updated_at as "changedAt", gone_at as "goneAt"
    from connectors order by id
  `.execute(tx)
  return rows
}
