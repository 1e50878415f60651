import { expect, test } from 'vitest'
import { newId } from './ids.ts'
import { listJsonChanges } from './json-changes.ts'

const changes = (original: unknown, fork: unknown, limit = 100, more: { readonly ignoresIds?: boolean } = {}) =>
  listJsonChanges(original, fork, { limit, ...more })

test('equal values differ nowhere, whatever the order of their keys', () => {
  expect(changes({ a: 1, b: [{ c: 'x' }] }, { b: [{ c: 'x' }], a: 1 })).toEqual([])
  expect(changes(undefined, undefined)).toEqual([])
})

test('each place is named by its pointer', () => {
  const original = { title: 'One', list: [1, 2], 'a/b~c': true, gone: null }
  const fork = { title: 'Two', list: [1, 2, 3], 'a/b~c': false, more: {} }
  expect(changes(original, fork)).toEqual([
    { path: '/title', kind: 'changed', original: 'One', fork: 'Two' },
    { path: '/list/2', kind: 'added', fork: 3 },
    { path: '/a~1b~0c', kind: 'changed', original: true, fork: false },
    { path: '/gone', kind: 'removed', original: null },
    { path: '/more', kind: 'added', fork: {} },
  ])
})

test('ids are no difference where they are not looked at, and an id in the place of another text is one', () => {
  const [one, other] = [newId(), newId()]
  expect(changes({ id: one }, { id: other }, 100, { ignoresIds: true })).toEqual([])
  expect(changes({ id: one }, { id: 'none' }, 100, { ignoresIds: true })).toHaveLength(1)
  expect(changes({ id: one }, { id: other })).toEqual([{ path: '/id', kind: 'changed', original: one, fork: other }])
})

test('values of unlike kinds differ as a whole', () => {
  expect(changes({ a: [] }, { a: {} })).toEqual([{ path: '/a', kind: 'changed', original: [], fork: {} }])
  expect(changes(null, { a: 1 })).toEqual([{ path: '', kind: 'changed', original: null, fork: { a: 1 } }])
  expect(changes(undefined, 'text')).toEqual([{ path: '', kind: 'added', fork: 'text' }])
})

test('a member that every object inherits is no member, and no more places are told than are asked for', () => {
  expect(changes({}, { constructor: 1 })).toEqual([{ path: '/constructor', kind: 'added', fork: 1 }])
  expect(
    changes(
      Array.from({ length: 1_000_000 }, () => 1),
      [],
      3,
    ).map(({ path }) => path),
  ).toEqual(['/0', '/1', '/2'])
})
