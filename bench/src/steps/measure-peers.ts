import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { execPath, stderr } from 'node:process'
import { withScratchDatabase } from '../../../packages/server/test/scratch-database.ts'

const run = promisify(execFile)
const folder = fileURLToPath(new URL('../../peers/', import.meta.url))
const names = ['DBOS', 'OpenWorkflow', 'Mastra', 'LangGraph']

/** What a peer is asked to do: the same that NeonHub is. */
export interface PeerWork {
  readonly runs: number
  readonly stepsPerRun: number
  readonly longSteps: number
  readonly warmUpRuns: number
  readonly concurrency: number
  readonly poolSize: number
}

export interface PeerFigures {
  readonly name: string
  readonly stepsPerSecond: number
  /** One run of `longSteps` steps, in milliseconds. */
  readonly longMs: number
}

/** Measures one peer after the other. Installs them first where they are not there yet. Throws where one fails. */
export async function measurePeers(databaseUrl: string, work: PeerWork): Promise<readonly PeerFigures[]> {
  if (!existsSync(`${folder}node_modules`)) {
    stderr.write('Installing the peers …\n')
    await run('npm', ['install', '--ignore-scripts', '--no-progress'], { cwd: folder })
  }
  const figures: PeerFigures[] = []
  for (const name of names) {
    const found = await withScratchDatabase(databaseUrl, (url) =>
      run(execPath, [`${folder}src/main.ts`, name, JSON.stringify({ ...work, url })]),
    )
    figures.push(JSON.parse(found.stdout.trim().split('\n').at(-1) ?? ''))
  }
  return figures
}
