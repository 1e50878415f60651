import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'
import { writeVoiceFolder } from '../../test/voice-texts.ts'

let folder: string
let environment: Record<string, string>
let server: RunningServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-voice-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  server = await startServer(environment)
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const cli = (...words: string[]) => runCli(words, { environment })
const Job = z.object({ id: z.string(), status: z.string(), modelVersionId: z.string() })

test('a voice is learned by a real model, listed, shown, used and taken back', { timeout: 600_000 }, async () => {
  const source = await writeVoiceFolder(join(folder, 'brisk'), { voice: 'brisk', documents: 5 })
  await cli('brand', 'import', source)
  const { id, modelVersionId } = Job.parse(
    (await cli('voice', 'tune', 'brisk', '--seed', '2', '--dataset', source, '--json')).json,
  )
  expect((await cli('voice', 'jobs', 'brisk')).stdout).toMatch(new RegExp(`${id}\\s+brisk\\s+succeeded\\s+100 %`))
  const listed = z
    .object({ modelVersions: z.array(z.object({ id: z.string(), number: z.number(), state: z.string() })) })
    .parse((await cli('voice', 'versions', 'brisk', '--json')).json)
  expect(listed.modelVersions).toMatchObject([
    { id: modelVersionId, number: 2, state: 'candidate' },
    { number: 1, state: 'active' },
  ])
  const shown = (await cli('voice', 'show', modelVersionId)).stdout
  expect(shown).toMatch(/Told \d+ held-out passages from \d+ with their words shuffled/)
  expect(shown).toMatch(/no voice\s+0\.50 ± 0\.\d\d\s+0\.5\s+0\.5/)
  expect(shown).toContain('- Speak to the reader in the second person.')
  expect((await cli('voice', 'activate', modelVersionId)).stdout).toContain('by version 2 from now on, as version 1')
  const written = listed.modelVersions[1]?.id ?? ''
  expect((await cli('voice', 'activate', written)).stdout).toContain('by version 1 from now on, as version 2')
  expect((await cli('voice', 'cancel', id)).stdout).toContain('succeeded')
  const unknown = await cli('voice', 'tune', 'brisk', '--dataset', '/elsewhere')
  expect(unknown.stderr).toMatch(/imported nothing from \/elsewhere[^]*It has .*brisk/)
  expect((await cli('voice', 'tune', 'nobody')).stderr).toContain('There is no such brand')
})
