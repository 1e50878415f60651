import type pg from 'pg'
import { newId } from '../../../src/base/ids.ts'
import { type ForeignKey, identifier, sampleValue, type TenantTable } from '../../tenant-catalogue.ts'
import { type Ask, inside } from './insider.ts'
import type { Tally } from './tally.ts'
import { literal, type UniqueKey, type World } from './world.ts'

interface KeyProbe {
  readonly world: World
  readonly tally: Tally
}

/** Values by column, as SQL. */
type Values = ReadonlyMap<string, string>

/**
 * Keys as oracles: whoever may insert or update asks by a foreign key or a unique index whether an id of another
 * organization exists. Foreign and absent must be answered with the same code and the same words.
 */
export async function probeKeys(client: pg.Client, { world, tally }: KeyProbe): Promise<void> {
  await inside(client, { role: 'neonhub_app', organizationId: world.mine }, async (ask) => {
    for (const foreignKey of world.foreignKeys) await probeForeignKey(ask, { foreignKey, world, tally })
    for (const uniqueKey of world.uniqueKeys) await probeUniqueKey(ask, { uniqueKey, world, tally })
  })
}

async function probeForeignKey(
  ask: Ask,
  { foreignKey, world, tally }: KeyProbe & { readonly foreignKey: ForeignKey },
): Promise<void> {
  const table = world.tables.find(({ name }) => name === foreignKey.child)
  const parentRow = world.theirRows.get(foreignKey.parent)
  if (!table || !parentRow || foreignKey.parentColumns.every((name) => name === 'organization_id')) return
  const naming = (isForeign: boolean) => {
    const named: string[] = []
    const values = new Map<string, string>()
    for (const [index, column] of foreignKey.columns.entries()) {
      if (column === 'organization_id') continue
      const theirs = parentRow[foreignKey.parentColumns[index] ?? '']
      const text = isForeign ? (theirs ?? newId()) : absentLike(theirs)
      named.push(text)
      values.set(column, literal(table, { column, text }))
    }
    return { named, values }
  }
  const ask2 = async (isForeign: boolean, statement: (values: Values) => string) => {
    const { named, values } = naming(isForeign)
    return ask(statement(values), { named })
  }
  for (const [verb, statement] of Object.entries({
    insert: (values: Values) => insertOwn(table, { world, values }),
    update: (values: Values) =>
      `update ${identifier(table.name)} set ${[...values].map(([column, value]) => `${identifier(column)} = ${value}`).join(', ')}`,
  })) {
    const foreign = await ask2(true, statement)
    const absent = await ask2(false, statement)
    tally.same(`${verb} by foreign key ${foreignKey.name}`, { foreign, absent })
    tally.meet(absent.code === '23503' ? 'foreign key refuses' : `foreign key is not asked (${absent.code ?? 'done'})`)
  }
}

async function probeUniqueKey(
  ask: Ask,
  { uniqueKey, world, tally }: KeyProbe & { readonly uniqueKey: UniqueKey },
): Promise<void> {
  const table = world.tables.find(({ name }) => name === uniqueKey.table)
  const theirRow = world.theirRows.get(uniqueKey.table)
  if (!table || !theirRow) return
  const own = new Set(world.foreignKeys.flatMap(({ child, columns }) => (child === table.name ? columns : [])))
  const target = uniqueKey.columns.map(identifier).join(', ')
  // With all of their key, and with their key under a parent of one's own.
  for (const keepsParents of [false, true]) {
    const columns = uniqueKey.columns.filter((name) => name !== 'organization_id' && !(keepsParents && own.has(name)))
    if (columns.length === 0) continue
    const naming = (isForeign: boolean) => {
      const texts = columns.map((column) => {
        const text = theirRow[column]
        // A value of a closed set is no secret, and there is no other that it would take.
        const isClosed = table.columns.some(({ name, category }) => name === column && category === 'E')
        return isForeign || isClosed ? (text ?? newId()) : absentLike(text)
      })
      return {
        named: texts,
        values: new Map(
          columns.map((column, index) => [column, literal(table, { column, text: texts[index] ?? null })]),
        ),
      }
    }
    for (const conflict of [
      '',
      'on conflict do nothing',
      `on conflict (${target}) do nothing`,
      `on conflict (${target}) do update set organization_id = excluded.organization_id`,
    ]) {
      for (const organizationId of [world.mine, world.theirs]) {
        const answers = []
        for (const isForeign of [true, false]) {
          const { named, values } = naming(isForeign)
          const inserted = new Map([...values, ['organization_id', `'${organizationId}'`]])
          answers.push(await ask(`${insertOwn(table, { world, values: inserted })} ${conflict}`, { named }))
        }
        const [foreign, absent] = answers
        if (!foreign || !absent) continue
        tally.same(`insert ${conflict} by unique key ${uniqueKey.name}`, { foreign, absent })
        if (organizationId === world.theirs) tally.foreign(`insert ${conflict} into ${uniqueKey.name}`, foreign.rows)
        else if (absent.code === undefined) tally.meet('unique key lets in')
      }
    }
    const answers = []
    for (const isForeign of [true, false]) {
      const { named, values } = naming(isForeign)
      const set = [...values].map(([column, value]) => `${identifier(column)} = ${value}`).join(', ')
      answers.push(await ask(`update ${identifier(table.name)} set ${set}`, { named }))
    }
    const [foreign, absent] = answers
    if (foreign && absent) tally.same(`update by unique key ${uniqueKey.name}`, { foreign, absent })
  }
}

/** A value of the same kind that nobody has. */
function absentLike(text: string | null | undefined): string {
  if (text === null || text === undefined) return newId()
  if (/^-?\d+$/.test(text)) return String(Number(text) + 7)
  // A day or a moment, seven centuries on.
  return /^2\d{3}-\d{2}-\d{2}/.test(text) ? text.replace(/^\d{4}/, (year) => String(Number(year) + 700)) : newId()
}

/** An insert that every foreign key of the table would take, but for the values that are given. */
function insertOwn(table: TenantTable, { world, values }: { readonly world: World; readonly values: Values }): string {
  const all = new Map<string, string>()
  for (const column of table.columns) {
    if (column.isRequired) all.set(column.name, sampleValue(column, { organizationId: world.mine }))
  }
  for (const { child, parent, columns, parentColumns } of world.foreignKeys) {
    const parentRow = world.mineRows.get(parent)
    if (child !== table.name || !parentRow) continue
    for (const [index, column] of columns.entries()) {
      if (!all.has(column)) continue
      all.set(column, literal(table, { column, text: parentRow[parentColumns[index] ?? ''] ?? null }))
    }
  }
  for (const [column, value] of values) all.set(column, value)
  return `insert into ${identifier(table.name)} (${[...all.keys()].map(identifier).join(', ')}) values (${[...all.values()].join(', ')})`
}
