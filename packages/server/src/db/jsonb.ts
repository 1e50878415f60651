import { type RawBuilder, sql } from 'kysely'

/** NUL and half surrogate pairs, which JSON can carry and `jsonb` cannot; an escaped backslash before them is text. */
const unstorable = /\\u(?:0000|d[89a-f])/i

const toStorable = (_key: string, value: unknown) =>
  typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : value

/** JSON text that a `jsonb` column takes: characters that it cannot hold become U+FFFD. `null` for what is no JSON. */
export function toJsonText(value: unknown): string {
  const text = JSON.stringify(value) ?? 'null'
  return unstorable.test(text) ? JSON.stringify(value, toStorable) : text
}

/** A value for a `jsonb` column. As text with a cast, because drivers take a bare array for a PostgreSQL array. */
export function jsonb<Value>(value: Value): RawBuilder<Value> {
  return sql<Value>`${toJsonText(value)}::text::jsonb`
}
