import { argv, env, exit, stderr, stdout } from 'node:process'
import { parseArgs } from 'node:util'
import { messageOf, NeonHubError } from '../../src/base/errors.ts'
import { proveApproval } from './approval.ts'
import { proveBudget } from './budget.ts'
import { proveClock } from './clock.ts'
import { proveCut } from './cut.ts'
import { proveCrash } from './crash.ts'
import { proveInject } from './inject.ts'
import { proveIsolation } from './isolation.ts'
import { proveLoad } from './load.ts'
import { provePoison } from './poison.ts'
import type { Proof } from './proof.ts'
import { proveRoutes } from './routes.ts'
import { proveSsrf } from './ssrf.ts'
import { proveStore } from './store.ts'
import { proveUpgrade } from './upgrade.ts'
import { proveWebhooks } from './webhooks.ts'

/** Every proof by its name. */
const proofs: ReadonlyMap<string, Proof> = new Map<string, Proof>([
  ['approval', proveApproval],
  ['budget', proveBudget],
  ['clock', proveClock],
  ['cut', proveCut],
  ['crash', proveCrash],
  ['inject', proveInject],
  ['isolation', proveIsolation],
  ['load', proveLoad],
  ['poison', provePoison],
  ['routes', proveRoutes],
  ['ssrf', proveSsrf],
  ['store', proveStore],
  ['upgrade', proveUpgrade],
  ['webhooks', proveWebhooks],
])

const names = [...proofs.keys()].join(', ')

/** Ends with what was asked wrongly. */
function refuse(message: string, hint: string): never {
  stderr.write(`error: ${message}\n  hint: ${hint}\n`)
  exit(2)
}

const [name = '', ...flags] = argv.slice(2)
const proof = proofs.get(name) ?? refuse(`there is no proof "${name}"`, `name one of: ${names}`)
const databaseUrl =
  env['DATABASE_URL'] ??
  refuse('DATABASE_URL names no PostgreSQL', 'name a server with pgvector where you may make databases and roles')
const { values } = parseArgs({
  args: flags,
  options: { short: { type: 'boolean', default: false }, seed: { type: 'string' } },
  strict: false,
})
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed)
if (!Number.isSafeInteger(seed)) refuse(`--seed ${String(values.seed)} is no whole number`, 'give one, as in --seed 7')

try {
  const answer = await proof({
    databaseUrl,
    isShort: values.short === true,
    seed,
    flags,
    say: (line) => stdout.write(`${line}\n`),
  })
  stdout.write(`${JSON.stringify(answer)}\n`)
  exit(answer.ok ? 0 : 1)
} catch (error) {
  const hint = error instanceof NeonHubError ? error.hint : undefined
  stderr.write(`error: the proof ${name} came to no figure: ${messageOf(error)}\n${hint ? `  hint: ${hint}\n` : ''}`)
  exit(2)
}
