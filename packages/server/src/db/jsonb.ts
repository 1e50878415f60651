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

/**
 * The value of a JSON text as a `jsonb` column gives it back: its keys by their length in bytes, then by their bytes
 * (PostgreSQL, 8.14 "JSON Types"; `lengthCompareJsonbStringValue`). So a text that is made of it stays the same.
 */
export function asStored(text: string): unknown {
  return inOrder(JSON.parse(text))
}

function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, member]) => [key, inOrder(member)] as const)
  return Object.fromEntries(entries.length < 2 ? entries : entries.toSorted(([a], [b]) => compareKeys(a, b)))
}

function compareKeys(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** A value for a `jsonb` column. As text with a cast, because drivers take a bare array for a PostgreSQL array. */
export function jsonb<Value>(value: Value): RawBuilder<Value> {
  return sql<Value>`${toJsonText(value)}::text::jsonb`
}
