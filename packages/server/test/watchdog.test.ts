import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { execPath } from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

function startChild(what: string) {
  const file = fileURLToPath(new URL('watched-child.ts', import.meta.url))
  const child = spawn(execPath, [file, what], { stdio: ['ignore', 'pipe', 'pipe'] })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()))
  return { child, exited: once(child, 'exit'), said: () => said, began: once(child.stdout, 'data') }
}

test('a process whose event loop stands is ended, and says why', { timeout: 20_000 }, async () => {
  const { exited, said } = startChild('stand')
  const [, signal] = await exited
  expect(signal).toBe('SIGKILL')
  expect(said()).toMatch(/queue\.loop_stood.*the event loop stood for more than \d\.\d s/)
})

test('a process that was stopped from outside for longer is let be', { timeout: 20_000 }, async () => {
  const { child, exited, said, began } = startChild('work')
  await began
  child.kill('SIGSTOP')
  await sleep(2_000)
  child.kill('SIGCONT')
  const [code] = await exited
  expect(code).toBe(0)
  expect(said()).toBe('began\nended\n')
})
