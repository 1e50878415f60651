import { setPolicy } from '../../../src/runtime/index.ts'
import { newId } from '../../../src/base/ids.ts'
import { withTenant } from '../../../src/db/index.ts'
import { addOrganization } from '../../database.ts'
import { answer, ask, type Asked, type Bench, sayYes } from './bench.ts'
import { petitioner } from './petitioner.ts'

/** Tries one thing, and returns how often each mark may be delivered after all. */
export type Attack = (bench: Bench, mark: string) => Promise<Readonly<Record<string, number>>>

/** As many workers, deciders or both as race for one yes. */
const racers = 4
const hastyMs = 250

const work = ({ office }: Bench, { organizationId, runId }: Asked, takers = 1) =>
  office.work(organizationId, runId, { takers })

const putBack = ({ owner }: Bench, { runId }: Asked) =>
  owner.query(`update agent_runs set status = 'queued', lease_expires_at = null where id = $1`, [runId])

const honest: Attack = async (bench, mark) => {
  const asked = await ask(bench, { mark })
  await sayYes(bench, asked)
  await work(bench, asked)
  return { [mark]: 1 }
}

/** Writes another mark into the run's input; with `hash`, into the ledger's row and its hash too. */
async function rewrite({ owner }: Bench, { runId, executionId }: Asked, mark: string, hash?: string): Promise<void> {
  await owner.query(`update agent_runs set input = jsonb_set(input, '{mark}', to_jsonb($2::text)) where id = $1`, [
    runId,
    mark,
  ])
  if (hash === undefined) return
  await owner.query(
    `update tool_executions set arguments_hash = $2, arguments = jsonb_set(arguments, '{data,mark}', to_jsonb($3::text))
     where id = $1`,
    [executionId, hash, mark],
  )
}

const changed: readonly Attack[] = [
  async function inputAfterTheYes(bench, mark) {
    const asked = await ask(bench, { mark })
    await sayYes(bench, asked)
    await rewrite(bench, asked, `${mark} other`)
    await work(bench, asked)
    return { [mark]: 0, [`${mark} other`]: 0 }
  },
  async function ledgerAfterTheYes(bench, mark) {
    const asked = await ask(bench, { mark })
    const other = await ask(bench, { mark: `${mark} other` })
    await sayYes(bench, asked)
    await rewrite(bench, asked, `${mark} other`, other.argumentsHash)
    await work(bench, asked)
    return { [mark]: 0, [`${mark} other`]: 0 }
  },
  async function otherBytesThanShown(bench, mark) {
    const asked = await ask(bench, { mark })
    const other = await ask(bench, { mark: `${mark} other` })
    await answer(bench, { ...asked, argumentsHash: other.argumentsHash }, { as: bench.principals.key })
    await putBack(bench, asked)
    await work(bench, asked)
    return { [mark]: 0, [`${mark} other`]: 0 }
  },
  async function connectionAfterTheYes(bench, mark) {
    const connection = `webhook ${mark}`
    const id = await bench.office.connect(bench.mine, connection)
    const asked = await ask(bench, { mark, connection })
    await sayYes(bench, asked)
    await bench.office.reconnect(bench.mine, id)
    await work(bench, asked)
    return { [mark]: 0 }
  },
  async function policyAfterTheYes(bench, mark) {
    // A policy is for all runs of an organization: each has its own.
    const organizationId = await addOrganization(bench.database, 'Strict')
    await bench.office.connect(organizationId, 'webhook')
    const asked = await ask(bench, { mark, organizationId })
    const decision = { approve: true, by: 'cli', note: undefined, argumentsHash: asked.argumentsHash }
    await bench.office.runtime.decideApproval(organizationId, asked.approvalId, decision)
    await withTenant(bench.database, organizationId, (tx) =>
      setPolicy(tx, petitioner, { rules: { tools: [] }, note: 'no more', actor: 'cli', mayApprove: true }),
    )
    await work(bench, asked)
    return { [mark]: 0 }
  },
]

const replayed: readonly Attack[] = [
  async function racersForOneYes(bench, mark) {
    const asked = await ask(bench, { mark })
    await sayYes(bench, asked)
    await Promise.all([
      work(bench, asked, racers),
      ...Array.from({ length: racers }, () => answer(bench, asked, { as: bench.principals.key })),
    ])
    return { [mark]: 1 }
  },
  async function secondCallOfTheSameBytes(bench, mark) {
    const asked = await ask(bench, { mark, times: 2 })
    await sayYes(bench, asked)
    await work(bench, asked)
    await answer(bench, asked, { as: bench.principals.key })
    await putBack(bench, asked)
    await work(bench, asked)
    return { [mark]: 1 }
  },
  async function runAgain(bench, mark) {
    const asked = await ask(bench, { mark })
    await sayYes(bench, asked)
    await work(bench, asked)
    await putBack(bench, asked)
    await work(bench, asked, racers)
    return { [mark]: 1 }
  },
  async function ledgerSetBack(bench, mark) {
    const asked = await ask(bench, { mark })
    await sayYes(bench, asked)
    await work(bench, asked)
    await bench.owner.query(`update tool_executions set status = 'awaiting_approval' where id = $1`, [
      asked.executionId,
    ])
    await putBack(bench, asked)
    await work(bench, asked, racers)
    return { [mark]: 1 }
  },
]

const lapse = ({ owner }: Bench, { approvalId }: Asked) =>
  owner.query(`update approvals set expires_at = now() where id = $1`, [approvalId])

const expired: readonly Attack[] = [
  async function beforeTheYes(bench, mark) {
    const asked = await ask(bench, { mark })
    await lapse(bench, asked)
    await answer(bench, asked, { as: bench.principals.key })
    await putBack(bench, asked)
    await work(bench, asked)
    return { [mark]: 0 }
  },
  async function afterTheYes(bench, mark) {
    const asked = await ask(bench, { mark })
    await sayYes(bench, asked)
    await lapse(bench, asked)
    await work(bench, asked, racers)
    return { [mark]: 0 }
  },
  async function byItself(bench, mark) {
    const asked = await ask(bench, { mark, runtime: bench.office.openHasty(hastyMs) })
    await bench.owner.query('select pg_sleep($1)', [(2 * hastyMs) / 1000])
    await answer(bench, asked, { as: bench.principals.key })
    await putBack(bench, asked)
    await work(bench, asked)
    return { [mark]: 0 }
  },
]

/** A yes of somebody who may not give it, and then all that would follow on a yes. */
const yesOf =
  (find: (bench: Bench) => Parameters<typeof answer>[2]['as'] | Promise<Parameters<typeof answer>[2]['as']>): Attack =>
  async (bench, mark) => {
    const asked = await ask(bench, { mark })
    await answer(bench, asked, { as: await find(bench) })
    await putBack(bench, asked)
    await work(bench, asked)
    return { [mark]: 0 }
  }

const foreign: readonly Attack[] = [
  yesOf(({ strangers }) => strangers.key),
  yesOf(({ strangers }) => strangers.member),
  yesOf(({ principals }) => principals.viewer),
  yesOf(({ principals }) => principals.nobody),
  yesOf(({ principals }) => principals.keyWithout('approvals:decide')),
  async function anotherRunOfTheSameBytes(bench, mark) {
    const [asked, twin] = [await ask(bench, { mark }), await ask(bench, { mark })]
    await sayYes(bench, asked)
    await putBack(bench, twin)
    await Promise.all([work(bench, asked), work(bench, twin)])
    return { [mark]: 1 }
  },
  async function movedToAnotherCall(bench, mark) {
    const [asked, other] = [await ask(bench, { mark }), await ask(bench, { mark: `${mark} other` })]
    await sayYes(bench, asked)
    await bench.owner.query(`delete from approvals where id = $1`, [other.approvalId])
    await bench.owner.query(`update approvals set run_id = $2, tool_execution_id = $3, id = $4 where id = $1`, [
      asked.approvalId,
      other.runId,
      other.executionId,
      newId(),
    ])
    await putBack(bench, other)
    await Promise.all([work(bench, asked), work(bench, other)])
    return { [mark]: 0, [`${mark} other`]: 0 }
  },
]

/** Yes and no at once: the first counts, whichever it was, and it counts once. */
const decided: Attack = async (bench, mark) => {
  const asked = await ask(bench, { mark })
  const statuses = await Promise.all(
    Array.from({ length: racers }, (_, index) =>
      answer(bench, asked, { as: bench.principals.key, word: index % 2 === 0 ? 'approve' : 'deny' }),
    ),
  )
  await work(bench, asked, racers)
  const taken = statuses.flatMap((status, index) => (status === 200 ? [index] : []))
  // Two answers that were both taken: nothing may have come of it.
  const [first = 1, ...more] = taken
  return { [mark]: more.length === 0 && first % 2 === 0 ? 1 : 0 }
}

/** Every class with what is tried in it. */
export const attacks = { honest: [honest], changed, replayed, expired, foreign, decided: [decided] } as const
export type AttackClass = keyof typeof attacks
