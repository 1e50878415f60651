import { isId } from './ids.ts'

/** A place where two JSON values differ. */
export interface JsonChange {
  /** JSON pointer (RFC 6901); empty for the whole value. */
  readonly path: string
  readonly kind: 'added' | 'removed' | 'changed'
  readonly original?: unknown
  readonly fork?: unknown
}

interface Options {
  readonly limit: number
  /** Whether one id is as good as another: each of two results may have made its own. */
  readonly ignoresIds?: boolean
}

/**
 * Where two JSON values differ, at most `limit` places. Objects are compared member by member and arrays place by place;
 * what is missing and what is undefined are the same.
 */
export function listJsonChanges(
  original: unknown,
  fork: unknown,
  { limit, ignoresIds = false }: Options,
): JsonChange[] {
  return [...take(changesOf({ original, fork, path: '' }, ignoresIds), limit)]
}

function* changesOf(
  { original, fork, path }: { readonly original: unknown; readonly fork: unknown; readonly path: string },
  ignoresIds: boolean,
): Generator<JsonChange> {
  if (original === fork || (ignoresIds && isIdText(original) && isIdText(fork))) return
  if (original === undefined) yield { path, kind: 'added', fork }
  else if (fork === undefined) yield { path, kind: 'removed', original }
  else if (!isObject(original) || !isObject(fork) || Array.isArray(original) !== Array.isArray(fork)) {
    yield { path, kind: 'changed', original, fork }
  } else {
    const keys = new Set([...Object.keys(original), ...Object.keys(fork)])
    for (const key of keys) {
      const members = { original: memberOf(original, key), fork: memberOf(fork, key), path: `${path}/${escape(key)}` }
      yield* changesOf(members, ignoresIds)
    }
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
