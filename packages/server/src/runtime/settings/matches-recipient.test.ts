import { describe, expect, test } from 'vitest'
import { matchesRecipient, recipientsBeyond } from './matches-recipient.ts'

describe('an entry of a policy', () => {
  test.each([
    ['ann@example.com', 'Ann@Example.com'],
    ['@example.com', 'ann@example.com'],
    ['@Example.com', 'BOB@EXAMPLE.COM'],
    ['#general', '#general'],
    ['https://hooks.example.com', 'https://hooks.example.com/events?x=1'],
    ['https://hooks.example.com/events', 'https://hooks.example.com/events'],
  ])('%s means %s', (entry, recipient) => expect(matchesRecipient(entry, recipient)).toBe(true))

  test.each([
    ['@example.com', 'ann@mail.example.com'],
    ['@example.com', 'ann@example.com.evil.example'],
    ['@example.com', 'ann@evilexample.com'],
    ['@example.com', '@example.com.evil'],
    ['@example.com', '"ann@example.com"@evil.example'],
    ['@', 'ann@'],
    ['ann@example.com', 'ann+tag@example.com'],
    ['#general', '#general-2'],
    ['https://hooks.example.com', 'https://hooks.example.com.evil.example/events'],
    ['https://hooks.example.com', 'https://hooks.example.com@evil.example/'],
    ['https://hooks.example.com', 'http://hooks.example.com/events'],
    ['https://hooks.example.com/events', 'https://hooks.example.com/other'],
    ['', 'ann@example.com'],
  ])('%s does not mean %s', (entry, recipient) => expect(matchesRecipient(entry, recipient)).toBe(false))

  test('of several recipients those are named that no entry means', () => {
    expect(recipientsBeyond(['@example.com', 'ada@else.example'], ['ann@example.com', 'thief@evil.example'])).toEqual([
      'thief@evil.example',
    ])
  })
})
