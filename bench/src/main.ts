import process, { argv, env, exit, stderr, stdout } from 'node:process'
import { benchGrowth } from './growth.ts'
import { benchRetrieval } from './retrieval.ts'
import { benchSteps } from './steps.ts'
import { benchWorker } from './worker.ts'

/** Every benchmark by its name: `npm run bench -- steps --json`. */
const benchmarks = { growth: benchGrowth, retrieval: benchRetrieval, steps: benchSteps, worker: benchWorker } as const

const names = Object.keys(benchmarks).join(', ')
const [name = '', ...flags] = argv.slice(2)
const databaseUrl = env['DATABASE_URL']

if (!(name in benchmarks)) {
  stderr.write(`error: there is no benchmark "${name}"\n  hint: name one of ${names}, as in: npm run bench -- steps\n`)
  exit(2)
}
if (!databaseUrl) {
  stderr.write(
    'error: DATABASE_URL names no PostgreSQL\n  hint: it needs the right to create a database beside the named one.\n',
  )
  exit(2)
}
const figures = await benchmarks[name as keyof typeof benchmarks]({
  databaseUrl,
  isShort: flags.includes('--short'),
  flags,
})
if (flags.includes('--json')) stdout.write(`${JSON.stringify(figures)}\n`)
// A benchmark whose figure must hold sets the exit code.
exit(process.exitCode ?? 0)
