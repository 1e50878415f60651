import { expect, test } from 'vitest'
import { getAddress, parseAddress } from './address.ts'

test('a mail address is kept in lower case, its domain in ASCII whatever script it was written in', () => {
  expect(getAddress('email', ' Ann.Lee@Example.COM ')).toBe('ann.lee@example.com')
  expect(getAddress('email', 'ann@BÜCHER.example')).toBe('ann@xn--bcher-kva.example')
  expect(getAddress('email', 'ann@ｅｘａｍｐｌｅ.com')).toBe('ann@example.com')
})

test('what is no address, or hides a second one or a header, is refused', () => {
  for (const text of [
    'ann',
    '@example.com',
    'ann@',
    'ann@localhost',
    'аnn@example.com',
    'ann@example.com, ben@example.com',
    'Ann <ann@example.com>',
    'ann@example.com\r\nBcc: ben@example.com',
    'ann@exa mple.com',
    `${'a'.repeat(250)}@example.com`,
    '=cmd|calc!A1@example.com',
  ]) {
    expect([text, parseAddress('email', text).ok]).toEqual([text, false])
  }
})

test('a phone number is kept as E.164, and one without its country is refused', () => {
  for (const text of ['+44 20 7946 0018', '0044 (20) 7946-0018', '+44.20.7946.0018']) {
    expect(getAddress('sms', text)).toBe('+442079460018')
  }
  for (const text of ['020 7946 0018', '+44', '+0123456789', '+44abc1234567', '+1234567890123456']) {
    expect([text, parseAddress('whatsapp', text).ok]).toEqual([text, false])
  }
})

test('the error of an address names it, and not all of a long one', () => {
  expect(() => getAddress('email', 'x'.repeat(5000))).toThrow(/^"x{60}…" is not an e-mail address$/)
})
