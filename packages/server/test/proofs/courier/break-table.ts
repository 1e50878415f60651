import { type Database, sql } from '../../../src/db/index.ts'

/** What a trigger does to a table's new rows. */
export interface BrokenTable {
  readonly table: string
  readonly body: string
}

/** Breaks what the proof must find. */
export async function breakTable(database: Database, { table, body }: BrokenTable): Promise<void> {
  await sql
    .raw(`
      create function sabotage() returns trigger language plpgsql as $$ begin ${body}; return new; end $$;
      create trigger sabotage before insert on ${table} for each row execute function sabotage()
    `)
    .execute(database.kysely)
}
