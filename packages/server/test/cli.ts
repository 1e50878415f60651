import { spawn } from 'node:child_process'
import { env, execPath } from 'node:process'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../bin/neonhub.mjs', import.meta.url))

export interface CliResult {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
  /** The last line of standard output as JSON; undefined where it is none. */
  readonly json: unknown
}

/** Runs the command line as a user does, in a process of its own, with nothing of this process's NeonHub settings. */
export async function runCli(
  parameters: readonly string[],
  {
    environment,
    preload,
    timeoutMs = 120_000,
  }: {
    readonly environment: Readonly<Record<string, string>>
    /** A module to load first. */
    readonly preload?: string
    readonly timeoutMs?: number
  },
): Promise<CliResult> {
  const { PATH = '', HOME = '' } = env
  const child = spawn(execPath, [...(preload === undefined ? [] : ['--import', preload]), main, ...parameters], {
    env: { PATH, HOME, NO_COLOR: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (bytes: Buffer) => out.push(bytes))
  child.stderr.on('data', (bytes: Buffer) => err.push(bytes))
  const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (...ending) => resolve(ending))
  })
  clearTimeout(timer)
  const stdout = Buffer.concat(out).toString('utf8')
  return { code, signal, stdout, stderr: Buffer.concat(err).toString('utf8'), json: parseLastLine(stdout) }
}

function parseLastLine(text: string): unknown {
  const line = text.trimEnd().split('\n').at(-1) ?? ''
  return line.startsWith('{') || line.startsWith('[') ? JSON.parse(line) : undefined
}
