import { type RawBuilder, sql } from 'kysely'

/** A value for a `jsonb` column. As text with a cast, because drivers take a bare array for a PostgreSQL array. */
export function jsonb<Value>(value: Value): RawBuilder<Value> {
  return sql<Value>`${JSON.stringify(value)}::text::jsonb`
}
