import { isId } from './ids.ts'

/** A place where two JSON values differ. */
export interface JsonChange {
  /** JSON pointer (RFC 6901); empty for the whole value. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly original?: unknown
  readonly fork?: unknown
}

/**
 * Where two JSON values differ, at most `limit` places. Objects are compared member by member and arrays place by place;
 * what is missing and what is undefined are the same, and so are ids, of which each value may have made its own.
 */
export function listJsonChanges(original: unknown, fork: unknown, { limit }: { readonly limit: number }): JsonChange[] {
  return [...take(changesOf(original, fork, ''), limit)]
}

function* changesOf(original: unknown, fork: unknown, path: string): Generator<JsonChange> {
  if (original === fork || (isIdText(original) && isIdText(fork))) return
  if (original === undefined) yield { path, kind: 'added', fork }
  else if (fork === undefined) yield { path, kind: 'removed', original }
  else if (!isObject(original) || !isObject(fork) || Array.isArray(original) !== Array.isArray(fork)) {
    yield { path, kind: 'changed', original, fork }
  } else {
    const keys = new Set([...Object.keys(original), ...Object.keys(fork)])
    for (const key of keys) yield* changesOf(memberOf(original, key), memberOf(fork, key), `${path}/${escape(key)}`)
  }
}

const isIdText = (value: unknown) => typeof value === 'string' && isId(value)

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

/** Only a member of its own: `constructor` is a key like any other. */
const memberOf = (value: Readonly<Record<string, unknown>>, key: string) =>
  Object.hasOwn(value, key) ? value[key] : undefined

const escape = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1')

function* take<Item>(items: Iterable<Item>, limit: number): Generator<Item> {
  let left = limit
  if (left <= 0) return
  for (const item of items) {
    yield item
    left -= 1
    if (left === 0) return
  }
}
