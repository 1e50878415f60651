import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runCli } from '../../test/cli.ts'
import { makeDataDir } from '../../test/database.ts'
import { type RunningServer, startServer } from '../../test/running-server.ts'

let folder: string
let environment: Record<string, string>
let server: RunningServer | undefined
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'neonhub-people-'))
  environment = { NEONHUB_DATA_DIR: await makeDataDir(join(folder, 'data')) }
  server = await startServer(environment)
})
afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const people = (...words: string[]) => runCli([...words], { environment })
const example = fileURLToPath(new URL('../../../../examples/pinwright/people.csv', import.meta.url))

test('a file that is none says what is wrong with it, and nothing of it is taken', { timeout: 120_000 }, async () => {
  const path = join(folder, 'latin1.csv')
  await writeFile(path, Buffer.from('email,name\nzoe@example.com,Zoë\n', 'latin1'))
  const refused = await people('people', 'import', path)
  expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('it is not valid UTF-8') })
  expect(refused.stderr).toContain('Save it as "CSV UTF-8"')
  const missing = await people('people', 'import', join(folder, 'nowhere.csv'))
  expect(missing).toMatchObject({ code: 1, stderr: expect.stringContaining('nowhere.csv cannot be read') })
})

test('people come in from a file, are shown, asked about, erased, and stay out', { timeout: 300_000 }, async () => {
  const first = { added: 6, changed: 0, unchanged: 0, refused: [] }
  expect((await people('people', 'import', example, '--json')).json).toEqual(first)
  expect((await people('people', 'import', example)).stdout).toContain('0 added, 0 changed, 6 unchanged, 0 refused')
  expect((await people('people', 'show', 'Helen.Marsh@example.com')).stdout).toMatch(
    /Helen Marsh[\s\S]*granted[\s\S]*Ticked/,
  )

  const bare = await people('people', 'consent', 'new@example.com', '--status', 'granted')
  expect(bare).toMatchObject({ code: 1, stderr: expect.stringContaining('Add --evidence "when and how they agreed"') })
  const agreed = await people('people', 'consent', 'new@example.com', '--status', 'granted', '--evidence', 'Said so')
  expect(agreed).toMatchObject({ code: 0, stdout: 'new@example.com: marketing email is granted.\n' })

  const due = ['--due', '2027-03-31']
  const aim = await people('people', 'objective', 'helen.marsh@example.com', 'Book a demo', ...due, '--json')
  expect(aim.json).toMatchObject({ text: 'Book a demo', state: 'open', dueOn: '2027-03-31' })
  const objectiveId = String(Object(aim.json).id)
  expect((await people('people', 'show', 'helen.marsh@example.com')).stdout).toMatch(
    new RegExp(`Objectives[\\s\\S]*${objectiveId} +open +due 2027-03-31 +Book a demo`),
  )
  expect((await people('people', 'objective-state', objectiveId, 'reached')).stdout).toBe('Book a demo: reached.\n')
  const odd = await people('people', 'objective-state', objectiveId, 'won')
  expect(odd).toMatchObject({ stderr: expect.stringContaining('Allowed choices are open, reached, dropped') })
  expect(odd.code).not.toBe(0)
  const undated = await people('people', 'objective', 'helen.marsh@example.com', 'Win back', '--due', 'soon')
  expect(undated).toMatchObject({ code: 1, stderr: expect.stringContaining('dueOn') })

  await server?.stop()
  const receipt = await people('db', 'erase', '--person', 'helen.marsh@example.com', '--json')
  expect(receipt.json).toMatchObject({ people: 1, addresses: 1, addressHmac: expect.stringMatching(/^[0-9a-f]{64}$/) })
  expect(receipt.stdout).not.toContain('example.com')
  const again = await people('people', 'import', example, '--json')
  expect(again.json).toMatchObject({ added: 0, refused: [{ line: 2, reason: expect.stringContaining('was erased') }] })
  const gone = await people('people', 'export', 'helen.marsh@example.com')
  expect(gone).toMatchObject({ code: 1, stderr: expect.stringContaining('There is no such person') })
})
