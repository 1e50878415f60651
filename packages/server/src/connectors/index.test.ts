import { expect, test } from 'vitest'
import { connectors, describeAction, findTool, listTools } from './index.ts'

test('a tool is found by the name of its connector and action', () => {
  const tool = findTool('email.send')
  expect(tool?.connector).toBe(connectors.get('email'))
  expect(tool?.action).toBe(connectors.get('email')?.actions['send'])
  expect(findTool('email.sent')).toBeUndefined()
  expect(findTool('constructor')).toBeUndefined()
})

test('every action of every connector is a tool', () => {
  expect(listTools().map(({ name, action }) => [name, action.effect])).toEqual([
    ['email.send', 'once'],
    ['slack.postMessage', 'lookup'],
    ['slack.updateMessage', 'idempotent'],
    ['slack.listChannels', 'read'],
    ['webhook.deliver', 'idempotent'],
  ])
})

test('a call of a tool that is not there names those that are', () => {
  const invocation = { tool: 'email.sent', mode: 'sandbox', settings: {}, input: {} } as const
  const failure = { code: 'connectors.tool_not_found', hint: expect.stringContaining('email.send') }
  expect(() => describeAction(invocation)).toThrow(expect.objectContaining(failure))
})
