import { type Database, jsonb, sql } from '../db/index.ts'
import { type SystemTx, withSystem } from '../db/system.ts'

/** What the code can be asked and can do, as a process of it knows. */
export interface CodeCatalogue {
  readonly capabilities: readonly {
    readonly agent: string
    readonly intent: string
    readonly schemaHash: string
    readonly input: unknown
    readonly output: unknown
  }[]
  readonly tools: readonly {
    readonly name: string
    readonly connector: string
    readonly effect: string
    readonly schemaHash: string
    readonly input: unknown
  }[]
  readonly connectors: readonly {
    readonly id: string
    readonly name: string
    readonly description: string
    readonly authKind: string
    readonly settings: unknown
    readonly credentials: unknown
    readonly sandboxSettings: unknown
    readonly actions: unknown
    readonly triggers: unknown
    readonly definitionHash: string
  }[]
}

/**
 * Writes the intents, tools and connectors of this process's code where they are new or have changed, with a version that grows, and
 * marks those that are gone. The same code again writes nothing. Of a fleet on two versions, whoever starts last is told.
 */
export async function syncCatalogue(
  database: Database,
  { capabilities, tools, connectors }: CodeCatalogue,
): Promise<void> {
  await withSystem(database, async (tx) => {
    // Two processes that start at once: the second finds what the first wrote.
    await sql`select pg_advisory_xact_lock(7_310_022)`.execute(tx)
    await sql`
      insert into agent_capabilities (agent, intent, schema_hash, input_schema, output_schema)
      select agent, intent, "schemaHash", input, output
      from jsonb_to_recordset(${jsonb(capabilities)}) as code (agent text, intent text, "schemaHash" text, input jsonb, output jsonb)
      on conflict (agent, intent) do update set
        version = agent_capabilities.version + (agent_capabilities.schema_hash <> excluded.schema_hash)::int,
        schema_hash = excluded.schema_hash, input_schema = excluded.input_schema, output_schema = excluded.output_schema,
        gone_at = null, updated_at = now()
        where agent_capabilities.schema_hash <> excluded.schema_hash or agent_capabilities.gone_at is not null
    `.execute(tx)
    await sql`
      update agent_capabilities set gone_at = now(), updated_at = now()
      where gone_at is null and (agent, intent) not in (
        select agent, intent from jsonb_to_recordset(${jsonb(capabilities)}) as code (agent text, intent text)
      )
    `.execute(tx)
    await sql`
      insert into tools (name, connector, effect, schema_hash, input_schema)
      select name, connector, effect, "schemaHash", input
      from jsonb_to_recordset(${jsonb(tools)}) as code (name text, connector text, effect effect_class, "schemaHash" text, input jsonb)
      on conflict (name) do update set
        version = tools.version + (tools.schema_hash <> excluded.schema_hash)::int,
        connector = excluded.connector, effect = excluded.effect, schema_hash = excluded.schema_hash,
        input_schema = excluded.input_schema, gone_at = null, updated_at = now()
        where tools.schema_hash <> excluded.schema_hash or tools.gone_at is not null
    `.execute(tx)
    await sql`
      update tools set gone_at = now(), updated_at = now()
      where gone_at is null and name not in (
        select name from jsonb_to_recordset(${jsonb(tools)}) as code (name text)
      )
    `.execute(tx)
    await syncConnectors(tx, connectors)
  })
}

async function syncConnectors(tx: SystemTx, connectors: CodeCatalogue['connectors']): Promise<void> {
  await sql`
    insert into connectors
      (id, name, description, auth_kind, settings_schema, credentials_schema, sandbox_settings, actions, triggers, definition_hash)
    select id, name, description, "authKind", settings, credentials, "sandboxSettings", actions, triggers, "definitionHash"
    from jsonb_to_recordset(${jsonb(connectors)}) as code (
      id text, name text, description text, "authKind" connector_auth_kind, settings jsonb, credentials jsonb,
      "sandboxSettings" jsonb, actions jsonb, triggers jsonb, "definitionHash" text
    )
    on conflict (id) do update set
      version = connectors.version + (connectors.definition_hash <> excluded.definition_hash)::int,
      name = excluded.name, description = excluded.description, auth_kind = excluded.auth_kind,
      settings_schema = excluded.settings_schema, credentials_schema = excluded.credentials_schema,
      sandbox_settings = excluded.sandbox_settings, actions = excluded.actions, triggers = excluded.triggers,
      definition_hash = excluded.definition_hash, gone_at = null, updated_at = now()
      where connectors.definition_hash <> excluded.definition_hash or connectors.gone_at is not null
  `.execute(tx)
  await sql`
    update connectors set gone_at = now(), updated_at = now()
    where gone_at is null and id not in (
      select id from jsonb_to_recordset(${jsonb(connectors)}) as code (id text)
    )
  `.execute(tx)
}
