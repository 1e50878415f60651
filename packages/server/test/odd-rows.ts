import { v7 } from 'uuid'
import { asId, type BrandId, newId, type OrganizationId } from '../src/base/ids.ts'
import { seal } from '../src/base/vault.ts'
import { type Database, jsonb, sql, type TenantTx, withTenant } from '../src/db/index.ts'
import { withEveryOrganization, withSystem } from '../src/db/system.ts'
import { addAsset } from '../src/knowledge/index.ts'

/** What texts have been seen to break on: quotes, backslashes, line ends of every kind, control characters, long ones. */
export const oddTexts = [
  '',
  'null',
  '\\N',
  '\\.',
  '"quoted", {braced}, (round) and \\u0041 \\\\',
  "it's; drop table users; --",
  'line\nline\r\nline\rline\u2028line\u2029line\u0085',
  'tab\t bell\u0007 escape\u001b[2J delete\u007f',
  'combining e\u0301, right-to-left \u202eabc, 🇨🇭 👩‍👩‍👧 𝒳',
  '\ufeff byte order, zero\u200bwidth, \uffff',
  'x'.repeat(100_000),
] as const

export interface OddRows {
  readonly organizationId: OrganizationId
  readonly userId: string
  readonly slug: string
}

/**
 * Fills a database with what a copy could lose: odd texts, JSON null beside no value, microseconds, numbers past 2^53,
 * bytes, arrays, a run before its parent, a run of three years ago, gaps in an identity column.
 */
export async function addOddRows(
  database: Database,
  {
    name,
    email,
    masterKey,
    rows = 20,
    hasFiles = true,
  }: {
    readonly name: string
    readonly email: string
    readonly masterKey: Uint8Array
    readonly rows?: number
    /** Whether the schema is one that keeps files. */
    readonly hasFiles?: boolean
  },
): Promise<OddRows> {
  const organizationId: OrganizationId = newId()
  const userId = newId()
  const brandId = newId()
  const slug = `${name.toLowerCase()}-${organizationId.slice(-6)}`
  await withSystem(database, async (tx) => {
    await tx.insertInto('organizations').values({ id: organizationId, name, slug, metadata: oddTexts[4] }).execute()
    await tx.insertInto('users').values({ id: userId, name: oddTexts[8], email }).execute()
    await tx
      .insertInto('accounts')
      .values({ id: newId(), user_id: userId, account_id: userId, provider_id: 'credential', password: 'salt:hash' })
      .execute()
    await tx
      .insertInto('sessions')
      .values({ id: newId(), user_id: userId, token: newId(), expires_at: new Date(Date.now() + 86_400_000) })
      .execute()
    const member = { id: newId(), organization_id: organizationId, user_id: userId, role: 'owner' }
    await tx.insertInto('organization_members').values(member).execute()
    await sql`select ensure_partitions((now() - interval '36 months')::date, 1)`.execute(tx)
  })
  await withTenant(database, organizationId, async (tx) => {
    const common = { organization_id: organizationId }
    await tx
      .insertInto('brands')
      .values({ ...common, id: brandId, slug: 'odd', name: 'Odd', description: oddTexts[6] })
      .execute()
    if (hasFiles) await addOddFile(tx, asId(brandId))
    for (const [index, text] of oddTexts.entries()) {
      await tx
        .insertInto('sandbox_records')
        .values({
          ...common,
          connector: 'email',
          collection: 'odd',
          key: `${index}`,
          value: jsonb({ [text]: [text, null, 1e300] }),
        })
        .execute()
    }
    await tx.deleteFrom('sandbox_records').where('key', '=', '10').execute()
    const nothing = { ...common, connector: 'email', collection: 'odd', key: 'nothing', value: jsonb(null) }
    await tx.insertInto('sandbox_records').values(nothing).execute()
    const credentialId = newId()
    const sealed = seal(masterKey, { organizationId, credentialId }, { password: 'hunter22' })
    await tx
      .insertInto('credentials')
      .values({ ...common, id: credentialId, sealed, key_version: 1 })
      .execute()
    await tx
      .insertInto('api_keys')
      .values({
        ...common,
        id: newId(),
        name: oddTexts[5],
        prefix: 'nh_',
        hash: newId(),
        scopes: oddTexts.slice(0, 10),
        created_by: `user:${userId}`,
      })
      .execute()
    const agentId = newId()
    await tx
      .insertInto('agents')
      .values({ ...common, id: agentId, name: 'Odd', kind: 'copilot' })
      .execute()
    const parentId = newId()
    // Its clock was behind: a child's id that comes before its parent's.
    const childId = v7({ msecs: Date.now() - 86_400_000 })
    const runOf = (id: string) => ({
      ...common,
      id,
      agent_id: agentId,
      agent: 'Odd',
      intent: 'odd',
      brand_id: brandId,
      root_run_id: parentId,
      status: 'succeeded' as const,
      input: '{}',
      input_hash: 'x',
      requested_by: `user:${userId}`,
    })
    await tx.insertInto('agent_runs').values(runOf(parentId)).execute()
    await tx
      .insertInto('agent_runs')
      .values({ ...runOf(childId), parent_run_id: parentId })
      .execute()
    const {
      rows: [old],
    } = await sql<{ id: string }>`
      select (substr(uuid_at(now() - interval '36 months')::text, 1, 14) || '7' || substr(gen_random_uuid()::text, 16)) as id
    `.execute(tx)
    await tx
      .insertInto('agent_runs')
      .values({ ...runOf(old?.id ?? ''), root_run_id: old?.id ?? '', cost_micros: 2 ** 53 - 1 })
      .execute()
    await sql`
      insert into llm_calls (organization_id, id, run_id, operation, provider, requested_model, prompt_hash, request,
        response, cost_micros, started_at)
      select ${organizationId}, overlay(gen_random_uuid()::text placing ${parentId.slice(0, 14)} from 1)::uuid, ${parentId}, 'generate', 'p', 'm', 'x', '{"a": 1.10, "b": 1e400}'::jsonb,
        case when n % 2 = 0 then 'null'::jsonb end, 9007199254740993 + n, clock_timestamp() - n * interval '0.000001 seconds'
      from generate_series(1, ${rows}::int) as n
    `.execute(tx)
    await sql`
      insert into run_payloads (organization_id, run_id, hash, body)
      select ${organizationId}, ${parentId}, n::text, to_jsonb(repeat(md5(n::text), 20000)) from generate_series(1, 3) as n
    `.execute(tx)
    for (const sequence of [1, 2]) {
      await tx
        .insertInto('run_steps')
        .values({
          ...common,
          run_id: parentId,
          key: oddTexts[sequence + 3] ?? '',
          sequence,
          kind: 'step',
          status: 'succeeded',
          fence: 1,
          output: jsonb({ text: oddTexts }),
          started_at: new Date(),
        })
        .execute()
    }
  })
  return { organizationId: asId(organizationId), userId, slug }
}

/** A file of several parts, with every byte in it. */
const addOddFile = (tx: TenantTx, brandId: BrandId) =>
  addAsset(tx, {
    brandId,
    name: oddTexts[8],
    bytes: Buffer.from(Array.from({ length: 600_000 }, (_none, index) => (index * 7 + (index >> 8)) % 256)),
    mediaType: 'image/png',
    licenseNote: oddTexts[7],
    rightsUntil: '2099-02-28',
    createdBy: 'cli',
    limitBytes: 1_000_000,
  })

/** Every row of every table but the schema's own, read by another way than a backup's: sorted record texts by table. */
export async function readEverything(database: Database): Promise<Readonly<Record<string, readonly string[]>>> {
  return withEveryOrganization(database, async (tx) => {
    const { rows: tables } = await sql<{ name: string }>`
      select relname as name from pg_class
      where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and not relispartition
        and relname not in ('schema_migrations', 'partitioned_tables') order by 1
    `.execute(tx)
    const read: Record<string, readonly string[]> = {}
    for (const { name } of tables) {
      const { rows } = await sql.raw<{ text: string }>(`select t::text as text from "${name}" t`).execute(tx)
      read[name] = rows.map(({ text }) => text).toSorted()
    }
    return read
  })
}
