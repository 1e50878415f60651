import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { newId } from './ids.ts'
import { readUnsubscribeToken, signUnsubscribeToken } from './unsubscribe-token.ts'

const masterKey = randomBytes(32)

test('a token names the organization and the address that it was made for', () => {
  const mine = { organizationId: newId<'organization'>(), address: 'ann+news@example.com' }
  expect(readUnsubscribeToken(masterKey, signUnsubscribeToken(masterKey, mine))).toEqual(mine)
})

test('a token that was changed, or made with another key, names nobody', () => {
  const token = signUnsubscribeToken(masterKey, { organizationId: newId(), address: 'ann@example.com' })
  const other = signUnsubscribeToken(masterKey, { organizationId: newId(), address: 'bob@example.com' })
  const [payload = '', signature = ''] = token.split('.')
  const swapped = `${other.split('.')[0]}.${signature}`
  for (const bad of ['', '.', 'x', payload, `${token}.x`, swapped, token.slice(0, -2)]) {
    expect(readUnsubscribeToken(masterKey, bad)).toBeUndefined()
  }
  expect(readUnsubscribeToken(randomBytes(32), token)).toBeUndefined()
})
