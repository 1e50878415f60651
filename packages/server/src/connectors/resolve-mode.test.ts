import { expect, test } from 'vitest'
import { resolveMode } from './resolve-mode.ts'

test('mocked connectors force the sandbox', () => {
  expect(resolveMode('real', true)).toBe('sandbox')
  expect(resolveMode('sandbox', true)).toBe('sandbox')
})

test('an installation that mocks nothing refuses sandbox connections', () => {
  expect(resolveMode('real', false)).toBe('real')
  expect(() => resolveMode('sandbox', false)).toThrow(
    expect.objectContaining({ code: 'connectors.sandbox_refused', kind: 'conflict' }),
  )
})

test('a connection decides where the installation says nothing', () => {
  expect(resolveMode('real', undefined)).toBe('real')
  expect(resolveMode('sandbox', undefined)).toBe('sandbox')
})
