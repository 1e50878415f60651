import pg from 'pg'
import { z } from 'zod'
import { messageOf } from '../../src/base/errors.ts'
import { createLogger } from '../../src/base/log.ts'
import { migrate, openDatabase } from '../../src/db/index.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { type Attack, type AttackClass, attacks } from './approval/attacks.ts'
import type { Bench } from './approval/bench.ts'
import { openOffice } from './approval/open-office.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { createRandom } from './random.ts'
import { makePrincipals } from './routes/principals.ts'
import { startRecorder } from './webhooks/start-recorder.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of approvals found; `executed` must be 0, and all that is honest is executed once. */
export interface ApprovalAnswer extends ProofAnswer {
  /** By class: changed, replayed, expired, foreign, decided twice at once. */
  readonly tried: Readonly<Record<string, number>>
  /** Effects beyond what an honest yes allows, of all classes and of each. */
  readonly executed: number
  readonly executedOf: Readonly<Record<string, number>>
  /** Effects that an honest yes allows, in every class, and those of them that the recorder heard. */
  readonly allowed: number
  readonly heard: number
  readonly honest: number
  readonly honestExecuted: number
  /** Attempts that ended in a fault of the proof's own. */
  readonly faults: number
}

const lanes = 16
const shownFindings = 20

/** Each breaks one thing that the proof must find: what a trigger of the table does, or a word to the office. */
const sabotages = {
  /** The agent's code sends by itself, past the ledger. */
  'outside the guard': undefined,
  'unspent yes': { table: 'approvals', body: `if new.status = 'used' then new.status := 'approved'; end if` },
  'endless yes': { table: 'approvals', body: `new.expires_at := now() + interval '1 day'` },
  /** An approval takes on the bytes of whatever call it is put to. */
  'any bytes': {
    table: 'approvals',
    body: 'new.arguments_hash := (select arguments_hash from tool_executions where id = new.tool_execution_id)',
  },
  /** A viewer may do everything. */
  'all may': { table: 'organization_members', body: `new.role := 'owner'` },
} as const
const sabotageNames = Object.keys(sabotages) as readonly (keyof typeof sabotages)[]

const Effect = z.object({ data: z.object({ mark: z.string() }) })

/**
 * What a person did not say yes to is not executed: changed, replayed, expired and foreign approvals, and two answers at
 * once, among honest ones, which are executed once each. `--sabotage NAME` must be found.
 */
export async function proveApproval(options: ProofOptions): Promise<ApprovalAnswer> {
  const sabotage = sabotagesOf(options.flags, sabotageNames)[0]
  return withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
    const logger = createLogger({ level: 'fatal' })
    const database = await openDatabase({ databaseUrl, dataDir: undefined, logger })
    const owner = new pg.Pool({ connectionString: databaseUrl, max: 4 })
    owner.on('error', () => undefined)
    const recorder = await startRecorder()
    const outside = sabotage === 'outside the guard' ? recorder.url : undefined
    const office = await openOffice(database, { recorderUrl: recorder.url, outside })
    try {
      await migrate(database)
      if (sabotage) await breakIt(owner, sabotages[sabotage])
      const [mine, theirs] = [await addOrganization(database, 'Mine'), await addOrganization(database, 'Theirs')]
      const { origin, localToken, send } = office
      const principalsOf = (organizationId: typeof mine) =>
        makePrincipals({ database, organizationId, send, origin, localToken })
      const [principals, strangers] = [await principalsOf(mine), await principalsOf(theirs)]
      await office.connect(mine, 'webhook')
      const bench = { office, owner, mine, principals, strangers, database }
      return await prove(bench, { ...options, effects: recorder.effects })
    } finally {
      await office.close()
      await owner.end()
      await database.close()
      await recorder.stop()
    }
  })
}

interface Attempt {
  readonly kind: AttackClass
  readonly mark: string
  readonly attack: Attack
}

async function prove(
  bench: Bench,
  { isShort, seed, say, effects }: ProofOptions & { readonly effects: readonly unknown[] },
): Promise<ApprovalAnswer> {
  const attempts = attemptsOf(seed, isShort ? 2 : 50)
  const allowed = new Map<string, { readonly kind: AttackClass; readonly times: number }>()
  const findings: string[] = []
  let faults = 0
  const next = attempts.values()
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const { kind, mark, attack } of next) {
        try {
          for (const [name, times] of Object.entries(await attack(bench, mark))) allowed.set(name, { kind, times })
        } catch (error) {
          faults += 1
          findings.push(`${mark}: ${messageOf(error)}`)
        }
      }
    }),
  )

  const heard = Map.groupBy(effects, (effect) => Effect.parse(effect).data.mark)
  const figures = [...allowed].map(([mark, { kind, times }]) => {
    const count = heard.get(mark)?.length ?? 0
    if (count !== times) findings.push(`${mark} was delivered ${count} times, and ${times} were allowed`)
    return { kind, beyond: Math.max(0, count - times), times, within: Math.min(count, times) }
  })
  for (const mark of heard.keys()) if (!allowed.has(mark)) findings.push(`nobody knows of ${mark}`)
  for (const finding of findings.slice(0, shownFindings)) say(`found: ${finding}`)
  const sum = (list: typeof figures, one: (figure: (typeof figures)[number]) => number) =>
    list.reduce((total, figure) => total + one(figure), 0)
  const of = (kind: AttackClass) => figures.filter((figure) => figure.kind === kind)
  const { honest: _honest, ...dishonest } = attacks
  const kinds = Object.keys(dishonest) as readonly AttackClass[]
  say(`${attempts.length} attempts came to ${effects.length} effects`)
  return {
    proof: 'approval',
    seed,
    tried: Object.fromEntries(kinds.map((kind) => [kind, attempts.filter((one) => one.kind === kind).length])),
    executed: sum(figures, ({ beyond }) => beyond),
    executedOf: Object.fromEntries(kinds.map((kind) => [kind, sum(of(kind), ({ beyond }) => beyond)])),
    allowed: sum(figures, ({ times }) => times),
    heard: sum(figures, ({ within }) => within),
    honest: of('honest').length,
    honestExecuted: sum(of('honest'), ({ within }) => within),
    faults,
    ok: findings.length === 0 && of('honest').length > 0,
  }
}

/** Every attack as many times, and as many honest ones as of all classes together, in an order that is the seed's. */
function attemptsOf(seed: number, rounds: number): readonly Attempt[] {
  const random = createRandom(seed)
  const dishonest = Object.values(attacks).flat().length - attacks.honest.length
  return Object.entries(attacks)
    .flatMap(([name, list]) => {
      const kind = name as AttackClass
      const times = kind === 'honest' ? rounds * dishonest : rounds
      return list.flatMap((attack, index) =>
        Array.from({ length: times }, (_, round) => {
          const what = attack.name || `${kind} ${index}`
          return { order: random.next(), kind, mark: `${kind} ${what} ${round} ${index}`, attack }
        }),
      )
    })
    .toSorted((left, right) => left.order - right.order)
}

async function breakIt(
  owner: pg.Pool,
  sabotage: { readonly table: string; readonly body: string } | undefined,
): Promise<void> {
  if (!sabotage) return
  await owner.query(`
    create function sabotage() returns trigger language plpgsql as $$ begin ${sabotage.body}; return new; end $$;
    create trigger sabotage before insert or update on ${sabotage.table} for each row execute function sabotage()
  `)
}
