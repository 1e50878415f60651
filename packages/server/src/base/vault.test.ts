import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newId, type OrganizationId } from './ids.ts'
import { open, seal } from './vault.ts'

const masterKey = randomBytes(32)
const owner = () => ({ organizationId: newId<'organization'>() satisfies OrganizationId, credentialId: newId() })

test('what was sealed opens for its owner', () => {
  const mine = owner()
  const sealed = seal(masterKey, mine, { password: 'péché' })
  expect(open(masterKey, mine, sealed)).toEqual({ password: 'péché' })
  expect(sealed.includes('péché')).toBe(false)
})

test('sealing the same secret twice gives different bytes', () => {
  const mine = owner()
  expect(seal(masterKey, mine, 'a').equals(seal(masterKey, mine, 'a'))).toBe(false)
})

test('a row that was moved to another organization or credential stays closed', () => {
  const mine = owner()
  const sealed = seal(masterKey, mine, 'a')
  expect(() => open(masterKey, { ...mine, organizationId: newId() }, sealed)).toThrow('cannot be opened')
  expect(() => open(masterKey, { ...mine, credentialId: newId() }, sealed)).toThrow('cannot be opened')
})

test('a cut tag, a changed byte, a cut text and another key stay closed', () => {
  const mine = owner()
  const sealed = seal(masterKey, mine, { token: 'abcdef' })
  const cutTag = Buffer.concat([sealed.subarray(0, 16), sealed.subarray(28)])
  const changed = Buffer.from(sealed)
  changed[30] = (changed[30] ?? 0) ^ 1
  for (const bytes of [cutTag, changed, sealed.subarray(0, 20), sealed.subarray(0, 28), Buffer.alloc(0)]) {
    expect(() => open(masterKey, mine, bytes)).toThrow('cannot be opened')
  }
  expect(() => open(randomBytes(32), mine, sealed)).toThrow('cannot be opened')
})
