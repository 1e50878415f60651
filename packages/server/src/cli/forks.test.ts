import { mkdtemp, rm, writeFile } from 'node:fs/promises'
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
  folder = await mkdtemp(join(tmpdir(), 'neonhub-forks-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  await writeFile(join(folder, 'voice.md'), '# Voice\n\nWe are plain.\n\n- Say what it does.\n')
  await writeFile(
    join(folder, 'mill.md'),
    '# The mill\n\nA mill that you can mend at the kitchen table, with one screw.\n',
  )
  await writeFile(
    join(folder, 'topic.json'),
    JSON.stringify({ title: 'A mill', body: 'A mill that you can mend. '.repeat(9) }),
  )
  server = await startServer(environment)
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const cli = (...words: string[]) => runCli(words, { environment })
const Started = z.looseObject({ runId: z.string() })

test(
  'a run is tried dry, run again from a step, compared, and told from others in the list',
  { timeout: 300_000 },
  async () => {
    await cli('brand', 'import', folder, '--slug', 'mill')
    const asked = ['SEOAgent', 'seo-audit', '--brand', 'mill', '--input', join(folder, 'topic.json')]
    const dry = await cli('run', ...asked, '--dry-run', '--json')
    expect(dry.json).toMatchObject({ status: 'succeeded', dryRun: true })
    const { runId } = Started.parse(dry.json)
    const forked = await cli('fork', runId, '--from', 'suggest improvements', '--model', 'sandbox:composer', '--json')
    expect(forked.json).toMatchObject({
      status: 'succeeded',
      dryRun: true,
      forkedFromRunId: runId,
      forkedFromStep: 'suggest improvements',
    })
    const { runId: forkId } = Started.parse(forked.json)
    const shown = (await cli('runs', 'show', forkId)).stdout
    expect(shown).toContain(`fork of ${runId} from "suggest improvements" on`)
    expect(shown).toMatch(/check the page\s+copied/)
    expect(shown).toContain('asks sandbox:composer')
    expect((await cli('runs')).stdout).toContain(`dry run, fork of ${runId}`)
    const compared = (await cli('compare', runId, forkId)).stdout
    expect(compared).toMatch(/check the page\s+succeeded.*copied/)
    expect(compared).toContain('Output: the same')
    expect((await cli('compare', forkId, '--json')).json).toMatchObject({
      original: { id: runId },
      fork: { id: forkId },
    })

    const unknown = await cli('fork', runId, '--from', 'no such step')
    expect(unknown.code).not.toBe(0)
    expect(unknown.stderr).toContain('"check the page"')
    expect((await cli('fork', runId, '--from', 'check the page', '--live')).stderr).toContain('runtime.fork_of_dry_run')
    expect((await cli('fork', runId, '--prompt', 'none')).stderr).toContain('cli.prompt_invalid')
    expect((await cli('fork', runId, '--live', '--dry-run')).stderr).toContain('cannot be used with')
  },
)
