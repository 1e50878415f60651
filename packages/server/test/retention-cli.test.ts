import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { runCli } from './cli.ts'
import { makeDataDir } from './database.ts'

test('retention is set in days or for good, kind by kind, shown, and run', { timeout: 120_000 }, async () => {
  const dataDir = await makeDataDir(await mkdtemp(join(tmpdir(), 'neonhub-retention-')))
  const cli = (...parameters: string[]) => runCli(parameters, { environment: { NEONHUB_DATA_DIR: dataDir } })
  try {
    expect(await cli('runs')).toMatchObject({ code: 0 })
    const set = await cli('db', 'retention', 'set', 'default', '--runs', '30', '--audit', '365', '--json')
    expect(set).toMatchObject({ code: 0, json: { slug: 'default', runDays: 30, auditDays: 365 } })
    const changed = await cli('db', 'retention', 'set', 'default', '--audit', 'forever', '--json')
    expect(changed.json).toEqual({ slug: 'default', runDays: 30 })
    expect((await cli('db', 'retention')).stdout).toMatch(/default +30 days +for good +for good/)
    const run = await cli('db', 'retention', 'run', '--dry-run', '--json')
    expect(run).toMatchObject({ code: 0, json: { dryRun: true, organizations: [] } })
    expect(await cli('db', 'retention', 'set', 'default', '--runs', '0')).toMatchObject({ code: 2, stdout: '' })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
})
