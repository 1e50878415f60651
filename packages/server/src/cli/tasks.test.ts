import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'

let folder: string
let environment: Record<string, string>
let server: RunningServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-tasks-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  server = await startServer(environment)
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const cli = (...words: string[]) => runCli(words, { environment })
const Made = z.object({ id: z.string() })

test('a task is created, shown, assigned, listed by whose it is, and done', { timeout: 300_000 }, async () => {
  const created = await cli('tasks', 'create', '--title', 'Call Ann', '--priority', 'high', '--json')
  expect(created.json).toMatchObject({ title: 'Call Ann', priority: 'high', status: 'open' })
  const { id } = Made.parse(created.json)
  const [owner] = z.array(z.looseObject({ email: z.string() })).parse((await cli('members', '--json')).json)
  const taken = await cli('tasks', 'update', id, '--assignee', owner?.email ?? '', '--status', 'in_progress', '--json')
  expect(taken.json).toMatchObject({ status: 'in_progress', assignee: { name: expect.any(String) } })
  expect((await cli('tasks', '--for', owner?.email ?? '')).stdout).toMatch(/in progress\s+high\s+.*Call Ann/)
  expect((await cli('tasks', '--for', 'none', '--json')).json).toMatchObject({ tasks: [] })
  expect((await cli('tasks', 'done', id)).stdout).toContain('done, high priority')
  expect((await cli('tasks', '--json')).json).toMatchObject({ tasks: [] })
  expect((await cli('tasks', '--only', 'done', '--json')).json).toMatchObject({ tasks: [{ id, completedBy: 'cli' }] })
  expect((await cli('tasks', 'show', id)).stdout).toMatch(/ended by cli/)
  expect((await cli('tasks', 'update', id, '--assignee', 'nobody@example.com')).stderr).toContain('No member has')
})
