import { APICallError } from '@ai-sdk/provider'
import { expect, test } from 'vitest'
import { toLlmError } from './provider-errors.ts'

const failure = (statusCode: number, message: string) =>
  toLlmError(new APICallError({ message, statusCode, url: 'http://models.example', requestBodyValues: {} }), {
    provider: 'compatible',
    model: 'first',
    now: new Date(0),
    secrets: ['sk-secret-of-an-account'],
  })

test.for([
  [402, 'llm.payment_required'],
  [404, 'llm.model_not_found'],
  [410, 'llm.model_not_found'],
  [422, 'llm.refused'],
] as const)('%i is %s', ([status, code]) => {
  expect(failure(status, 'no')).toMatchObject({ code, kind: 'refused', retryable: false })
})

test('what a provider tells is kept to a length, and no part of a secret stands at its end', () => {
  const { message } = failure(500, `${'A'.repeat(990)}sk-secret-of-an-account${'B'.repeat(200_000)}`)
  expect(message.length).toBeLessThan(1_100)
  expect(message).toMatch(/A\[key\]/)
  expect(message).not.toContain('sk-')
})
