import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planImport } from './plan-import.ts'
import { skip } from './sources/source-item.ts'

const version = (path: string, sha256 = '1') => ({ path, sha256 })

test('tells what is new, changed, the same and gone', () => {
  const existing = [version('same.md'), version('changed.md'), version('gone.md')]
  const incoming = [version('new.md'), version('changed.md', '2'), version('same.md')]
  expect(planImport({ existing, incoming })).toEqual({
    added: [version('new.md')],
    changed: [version('changed.md', '2')],
    unchanged: [version('same.md')],
    removed: ['gone.md'],
    kept: [],
  })
})

test('what could not be read this time is not taken for deleted', () => {
  const existing = ['down.md', 'locked/a.md', 'lockedness.md', 'empty.md'].map((path) => version(path))
  const skipped = [
    skip('down.md', { reason: 'status', message: '', keeps: 'path' }),
    skip('locked/', { reason: 'unreadable', message: '', keeps: 'folder' }),
    skip('empty.md', { reason: 'empty', message: '', keeps: 'nothing' }),
  ]
  const plan = planImport({ existing, incoming: [], skipped })
  expect(plan).toMatchObject({ kept: ['down.md', 'locked/a.md'], removed: ['lockedness.md', 'empty.md'] })
  const unread = skip('sitemap.xml', { reason: 'unreadable', message: '', keeps: 'everything' })
  expect(planImport({ existing, incoming: [], skipped: [unread] }).removed).toEqual([])
})

test('every path is in exactly one list, and importing the same again changes nothing', () => {
  const versions = fc.uniqueArray(fc.record({ path: fc.string(), sha256: fc.constantFrom('1', '2') }), {
    selector: ({ path }) => path,
  })
  fc.assert(
    fc.property(versions, versions, (existing, incoming) => {
      const plan = planImport({ existing, incoming })
      const read = [...plan.added, ...plan.changed, ...plan.unchanged].map(({ path }) => path)
      const paths = [...read, ...plan.removed]
      expect(paths.toSorted()).toEqual([...new Set([...existing, ...incoming].map(({ path }) => path))].toSorted())
      expect(planImport({ existing: incoming, incoming })).toMatchObject({ added: [], changed: [], removed: [] })
    }),
  )
})
