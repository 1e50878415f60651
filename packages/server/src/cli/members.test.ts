import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'

let environment: Record<string, string>
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-members-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const cli = (...parameters: string[]) => runCli(parameters, { environment })

test('an operator makes a role, invites by it, and is told why the last owner stays', async () => {
  const made = await cli('--json', 'roles', 'create', 'reviewer', '--permissions', 'runs:read', 'approvals:decide')
  expect(made.json).toMatchObject({ name: 'reviewer', permissions: ['runs:read', 'approvals:decide'], members: 0 })
  const invited = await cli('--json', 'members', 'invite', 'rae@example.com', '--role', 'reviewer')
  expect(invited.json).toMatchObject({ invitation: { email: 'rae@example.com', role: 'reviewer' } })
  const refused = await cli('members', 'set-role', 'OWNER@neonhub.local', 'viewer')
  expect(refused.code).toBe(1)
  expect(refused.stderr).toMatch(/The last owner stays an owner[\s\S]*Make somebody else an owner first/)
})

test('an operator takes a second factor away', async () => {
  const reset = await cli('--json', 'users', 'reset-two-factor', 'owner@neonhub.local')
  expect(reset.json).toEqual({ email: 'owner@neonhub.local', hadTwoFactor: false, endedSessions: 0 })
})
