import { expect, test } from 'vitest'
import { ApiError, unreachable } from './api-error.ts'
import { createEventParser } from './event-stream.ts'
import { followRun } from './follow-run.ts'

const runId = '0193545a-0000-7000-8000-000000000001'
const wire = (id: number, type = 'step') => `id: ${id}\nevent: ${type}\ndata: {"runId":"${runId}"}\n\n`

/** Follows a run whose server answers each connection with the next of these. */
async function follow(answers: readonly (string | ApiError)[]) {
  const asked: (number | undefined)[] = []
  const events: number[] = []
  const states: string[] = []
  const pauses: number[] = []
  const stopped = new AbortController()
  await followRun({
    open: async (lastEventId) => {
      const answer = answers[asked.push(lastEventId) - 1]
      if (answer === undefined) stopped.abort()
      if (typeof answer !== 'string') throw answer ?? unreachable(undefined)
      return new Blob([answer]).stream()
    },
    onEvent: ({ id }) => events.push(id),
    onState: (state) => states.push(state),
    sleep: async (milliseconds) => void pauses.push(milliseconds),
    signal: stopped.signal,
  })
  return { asked, events, states, pauses }
}

test('it goes on after the last event when the connection is lost, and stops at the end', async () => {
  const { asked, events, states } = await follow([wire(1) + wire(2), wire(3) + wire(4, 'end')])
  expect(asked).toEqual([undefined, 2])
  expect(events).toEqual([1, 2, 3, 4])
  expect(states).toEqual(['live', 'reconnecting', 'live', 'closed'])
})

test('it pauses longer after each failure, and briefly again once events came', async () => {
  const { pauses } = await follow([unreachable(0), unreachable(0), unreachable(0), wire(1), wire(2, 'end')])
  expect(pauses).toEqual([500, 1000, 2000, 500])
})

test('it gives up where the server refuses the request itself', async () => {
  const refused = new ApiError({ status: 404, code: 'runtime.run_not_found', detail: 'There is no such run' })
  const { asked, states } = await follow([refused])
  expect(asked).toHaveLength(1)
  expect(states).toEqual(['closed'])
})

test('an event of a kind that is not known yet is passed over', async () => {
  const { events } = await follow([wire(1, 'later') + wire(2, 'end')])
  expect(events).toEqual([2])
})

test('events are read the same wherever the text is cut', () => {
  const source = ': hello\r\nid: 7\r\nevent: llm\r\ndata: a\r\ndata: b\r\n\r\nretry: 10\ndata:c\n\nid: 8\n\n'
  const expected = [
    { id: '7', type: 'llm', data: 'a\nb' },
    { id: '7', type: 'message', data: 'c' },
  ]
  for (let cut = 0; cut <= source.length; cut += 1) {
    const parse = createEventParser()
    expect([...parse(source.slice(0, cut)), ...parse(source.slice(cut))]).toEqual(expected)
  }
})
