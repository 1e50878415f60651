import { glob, readFile } from 'node:fs/promises'
import type { StoredFunction } from './read-tables.ts'

/** Rooms whose code writes a table, and rooms whose code reads it. */
export interface TableUses {
  readonly writers: readonly string[]
  readonly readers: readonly string[]
}

interface Source {
  readonly room: string
  readonly text: string
}

const root = new URL('../../src/', import.meta.url)
const migrations = new URL('../../migrations/', import.meta.url)

async function readSources(): Promise<readonly Source[]> {
  const sources: Source[] = []
  for await (const path of glob('**/*.ts', { cwd: root.pathname })) {
    const [room = ''] = path.split('/')
    // Row types, and the doors to stored functions, which others go through.
    if (path.endsWith('.test.ts') || path === 'db/schema.ts' || path === 'db/functions.ts') continue
    sources.push({ room, text: await readFile(new URL(path, root), 'utf8') })
  }
  // A migration may list what code then goes through.
  for await (const path of glob('*.sql', { cwd: migrations.pathname })) {
    const text = await readFile(new URL(path, migrations), 'utf8')
    sources.push({ room: 'migrations', text: text.match(/^insert into \w+/gm)?.join('\n') ?? '' })
  }
  return sources
}

/** How Kysely, SQL and better-auth's options name a table that they write or read. */
const writes = (table: string) =>
  new RegExp(
    [
      String.raw`(?:insertInto|updateTable|deleteFrom)\(\s*['"]${table}(?: as \w+)?['"]`,
      String.raw`\b(?:insert into|update|delete from|merge into)\s+(?:public\.)?${table}\b`,
      `modelName: '${table}'`,
    ].join('|'),
    'i',
  )
const reads = (table: string) =>
  new RegExp(
    [
      String.raw`(?:selectFrom|\w+Join|from|using)\(\s*['"]${table}(?: as \w+)?['"]`,
      String.raw`\b(?<!delete )(?:from|join|using)\s+(?:public\.)?${table}\b`,
      String.raw`\bupdateTable\(\s*['"]${table}['"][\s\S]{0,900}?\.returning`,
      `modelName: '${table}'`,
    ].join('|'),
    'i',
  )

/** Finds who writes and who reads each table: in the sources, and in the functions that the sources call. */
export async function findUses(
  tables: readonly string[],
  functions: readonly StoredFunction[],
): Promise<ReadonlyMap<string, TableUses>> {
  const sources = await readSources()
  const called = functions.flatMap(({ name, body }) =>
    sources
      .filter(({ text }) => new RegExp(String.raw`\b${name}\b`).test(text))
      .map(({ room }) => ({ room, text: body })),
  )
  const all = [...sources, ...called]
  const roomsWith = (pattern: RegExp) =>
    [...new Set(all.filter(({ text }) => pattern.test(text)).map(({ room }) => room))].toSorted()
  return new Map(
    tables.map((table) => [table, { writers: roomsWith(writes(table)), readers: roomsWith(reads(table)) }]),
  )
}
