/**
 * Every tenant table that the catalogue knows, and each of its partitions, against every statement: what belongs to
 * another organization can be neither seen nor touched, whichever code forgot a filter.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addOrganization, databaseKinds, isMissing, openTestDatabase } from '../../test/database.ts'
import {
  fillTenantTables,
  type ForeignKey,
  identifier,
  listForeignKeys,
  listTenantTables,
  sampleValue,
  type TenantTable,
} from '../../test/tenant-catalogue.ts'
import { newId, type OrganizationId } from '../base/ids.ts'
import { type Database, sql, withTenant } from './index.ts'
import { withSystem } from './system.ts'

for (const kind of databaseKinds) {
  describe.skipIf(isMissing(kind))(`the catalogue's tenant tables on the ${kind} database`, () => {
    let database: Database
    let mine: OrganizationId
    let theirs: OrganizationId
    let tables: readonly TenantTable[]
    let foreignKeys: readonly ForeignKey[]

    beforeAll(async () => {
      database = await openTestDatabase(kind)
      mine = await addOrganization(database, 'Mine')
      theirs = await addOrganization(database, 'Theirs')
      tables = await listTenantTables(database)
      foreignKeys = await listForeignKeys(database)
      for (const organizationId of [mine, theirs]) await fillTenantTables(database, { tables, organizationId })
    })
    afterAll(() => database.close())

    /** Rows of the other organization that a statement returned or touched; a refusal touches none. */
    const touched = async (statement: string, role?: 'neonhub_readonly') => {
      try {
        return await withTenant(database, mine, async (tx) => {
          if (role) await sql.raw(`reset role; set local role ${role}`).execute(tx)
          return (await sql.raw(statement).execute(tx)).rows.length
        })
      } catch (error) {
        const message = error instanceof Error ? error.message : ''
        if (/permission denied|row-level security/.test(message)) return 0
        throw error
      }
    }
    const statementsFor = ({ name, columns }: TenantTable) => {
      const table = identifier(name)
      const required = columns.filter(({ isRequired, name: column }) => isRequired || column === 'organization_id')
      const names = required.map(({ name: column }) => identifier(column)).join(', ')
      return {
        select: `select organization_id from ${table} where organization_id = '${theirs}'`,
        update: `update ${table} set organization_id = '${mine}' where organization_id = '${theirs}' returning 1`,
        delete: `delete from ${table} where organization_id = '${theirs}' returning 1`,
        insert: `insert into ${table} (${names}) values (${required.map((column) => sampleValue(column, { organizationId: theirs })).join(', ')}) returning 1`,
      }
    }

    test('there are such tables, and the test has put a row of each organization in each', async () => {
      expect(tables.length).toBeGreaterThan(40)
      for (const { name, isPartition } of tables) {
        if (isPartition) continue
        const { rows } = await sql
          .raw(
            `select distinct organization_id from ${identifier(name)} where organization_id in ('${mine}', '${theirs}')`,
          )
          .execute(database.kysely)
        expect({ name, organizations: rows.length }).toEqual({ name, organizations: 2 })
      }
    })

    test('no statement reaches a row of another organization, in a table or in a partition of it', async () => {
      const reached: string[] = []
      for (const table of tables) {
        for (const [verb, statement] of Object.entries(statementsFor(table))) {
          if ((await touched(statement)) > 0) reached.push(`${verb} ${table.name}`)
          if ((await touched(statement, 'neonhub_readonly')) > 0) reached.push(`readonly ${verb} ${table.name}`)
        }
        if ((await touched(`select 1 from ${identifier(table.name)} where organization_id <> '${mine}'`)) > 0) {
          reached.push(`unfiltered ${table.name}`)
        }
      }
      expect(reached).toEqual([])
    })

    test('what the application may read it reads of its own, so that the test above can fail', async () => {
      for (const { name, isPartition, grants } of tables) {
        if (isPartition || !grants.includes('SELECT')) continue
        const own = await touched(`select 1 from ${identifier(name)} where organization_id = '${mine}'`)
        expect({ name, own }).toEqual({ name, own: 1 })
      }
    })

    test('a partition is granted to nobody', () => {
      expect(tables.filter(({ isPartition, grants }) => isPartition && grants.length > 0)).toEqual([])
    })

    test('no row is moved into another organization', async () => {
      const moved: string[] = []
      for (const { name, isPartition, grants } of tables) {
        if (isPartition || !grants.includes('UPDATE')) continue
        const statement = `update ${identifier(name)} set organization_id = '${theirs}' returning 1`
        if ((await touched(statement).catch(() => 0)) > 0) moved.push(name)
      }
      expect(moved).toEqual([])
    })

    test('foreign keys between tenant tables carry the organization', () => {
      const names = new Set(tables.map(({ name }) => name))
      const loose = foreignKeys.filter(
        ({ child, parent, columns, parentColumns }) =>
          names.has(child) &&
          names.has(parent) &&
          !(
            columns.includes('organization_id') &&
            columns.indexOf('organization_id') === parentColumns.indexOf('organization_id')
          ),
      )
      expect(loose).toEqual([])
    })

    test('a row that names another organization’s parent fails like one that names none', async () => {
      const { id: foreign } = await withTenant(database, theirs, (tx) =>
        tx.selectFrom('agents').select('id').executeTakeFirstOrThrow(),
      )
      const insertUnder = async (agentId: string) => {
        const id = newId()
        const message = await withTenant(database, mine, (tx) =>
          tx
            .insertInto('agent_runs')
            .values({
              organization_id: mine,
              id,
              agent_id: agentId,
              agent: 'A',
              intent: 'i',
              root_run_id: id,
              status: 'queued',
              input: '{}',
              input_hash: 'x',
              requested_by: 'cli',
            })
            .execute(),
        ).then(
          () => 'inserted',
          (error: unknown) => (error instanceof Error ? error.message : ''),
        )
        return message
      }
      const absent = await insertUnder(newId())
      expect(absent).toMatch(/foreign key/)
      expect(await insertUnder(foreign)).toBe(absent)
    })

    test('the system role reads no column of a tenant table that holds what a person or a model wrote', async () => {
      const { rows } = await sql<{ column: string }>`
        select table_name || '.' || column_name as column
        from information_schema.column_privileges
        where grantee = 'neonhub_system' and privilege_type = 'SELECT' and table_schema = 'public'
          and table_name not in (
            'organizations', 'organization_members', 'invitations', 'users', 'accounts', 'sessions', 'verification_tokens'
          )
        order by 1
      `.execute(database.kysely)
      expect(
        rows.filter(({ column }) =>
          /\.(input|output|arguments|preview|request|response|payload|body|sealed|value|note|data|text|content|settings)$/.test(
            column,
          ),
        ),
      ).toEqual([])
      for (const { name, isPartition } of tables) {
        if (isPartition) continue
        const refused = withSystem(database, (tx) => sql.raw(`select * from ${identifier(name)}`).execute(tx))
        if (['organization_members', 'invitations'].includes(name)) await refused
        else await expect(refused).rejects.toThrow(/permission denied/)
      }
    })
  })
}
