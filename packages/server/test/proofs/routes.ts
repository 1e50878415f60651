import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Route, routes } from '@neonhub/contract'
import pg from 'pg'
import { parseConfig } from '../../src/base/config.ts'
import { openInstallation } from '../../src/cli/installation.ts'
import { addOrganization } from '../database.ts'
import { withScratchDatabase } from '../scratch-database.ts'
import { listForeignKeys, listTenantTables } from '../tenant-catalogue.ts'
import { fingerprint } from './isolation/world.ts'
import type { ProofAnswer, ProofOptions } from './proof.ts'
import { fillOrganization } from './routes/fill-organization.ts'
import { makePrincipals, type Principals } from './routes/principals.ts'
import { probeForeign } from './routes/probe-foreign.ts'
import { probeOwn } from './routes/probe-own.ts'
import { probeUnknown } from './routes/probe-unknown.ts'
import { sabotages } from './routes/sabotages.ts'
import type { Probing } from './routes/probing.ts'
import { sabotagesOf } from './sabotages.ts'

/** What the proof of the routes found; the last six must be 0. */
export interface RoutesAnswer extends ProofAnswer {
  readonly operations: number
  readonly requests: number
  /** Operations that name a row, each asked for one's own beside the foreign one: what nobody reaches proves nothing. */
  readonly controls: number
  /** Answers to what is foreign that were not 404, 403 or 401 as declared. */
  readonly wrongAnswers: number
  /** Where a foreign id was answered unlike an absent one. */
  readonly differingAnswers: number
  readonly foreignRowsChanged: number
  readonly unknownWritten: number
  /** Operations that could not be asked as they must be. */
  readonly unfilled: number
  /** Operations that do not answer to whom the row belongs. */
  readonly deaf: number
}

const shownFindings = 40
const all: readonly Route[] = Object.values(routes)
const nowhere: Route = {
  ...routes.getRun,
  id: 'sabotage',
  path: '/v1/nowhere/{id}',
}

/**
 * No operation of the contract lets anybody reach another organization's rows, or takes what it does not declare: see
 * docs/proofs.md. Everything is made from the contract and the catalogue, so that a new route and a new table are in
 * it; one that cannot be asked is a finding with its name. `--sabotage NAME` must be found.
 */
export async function proveRoutes(options: ProofOptions): Promise<RoutesAnswer> {
  const sabotage = sabotagesOf(options.flags, Object.keys(sabotages))[0]
  const dataDir = await mkdtemp(join(tmpdir(), 'neonhub-routes-'))
  try {
    return await withScratchDatabase(options.databaseUrl, async (databaseUrl) => {
      const installation = await openInstallation(
        parseConfig({
          DATABASE_URL: databaseUrl,
          NEONHUB_DATA_DIR: dataDir,
          NEONHUB_RATE_LIMIT_PER_MINUTE: '1000000',
          LOG_LEVEL: 'silent',
        }),
      )
      const owner = new pg.Client({ connectionString: databaseUrl })
      owner.on('error', () => undefined)
      await owner.connect()
      try {
        return await prove(installation, { ...options, owner, sabotage })
      } finally {
        await owner.end()
        await installation.close()
      }
    })
  } finally {
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function prove(
  { app, database, localToken }: Awaited<ReturnType<typeof openInstallation>>,
  { owner, sabotage, seed, isShort, say }: ProofOptions & { owner: pg.Client; sabotage: string | undefined },
): Promise<RoutesAnswer> {
  const catalogue = { tables: await listTenantTables(database), foreignKeys: await listForeignKeys(database) }
  const [mine, theirs] = [await addOrganization(database, 'Mine'), await addOrganization(database, 'Theirs')]
  const origin = 'http://localhost:3000'
  const request = async (path: string, init: RequestInit) => app.request(`${origin}${path}`, init)
  const principals = await makePrincipals({ database, organizationId: mine, send: request, origin, localToken })
  const values = {
    // Of an action that the code knows.
    'connector_auths.connector': "'slack'",
    'action_configs.action': "'postMessage'",
    'eval_datasets.agent': `'SEOAgent'`,
    'eval_datasets.intent': `'seo-audit'`,
    'eval_runs.evaluators': `'[]'`,
    'invitations.status': `'pending'`,
    'invitations.expires_at': `now() + interval '1 day'`,
    'organization_members.user_id': `(select id from users where id <> '${principals.userId}' limit 1)`,
    'organization_members.role': `'viewer'`,
    // Of an intent that the code knows: another run is made of it.
    'agent_runs.agent': "'SEOAgent'",
    'agent_runs.intent': "'seo-audit'",
    // States in which there is something to resume, to cancel and to settle.
    'agent_runs.root_run_id': ':id',
    'agent_runs.status': `'needs_attention'`,
    'tool_executions.status': `'unknown'`,
  }
  // An invitation is found by whom it was sent to.
  const ownValues = { ...values, 'invitations.email': `'${principals.email}'` }
  const rows = await fillOrganization(owner, { catalogue, organizationId: theirs, values })
  const probing: Probing = {
    routes: sabotage === undefined ? all : routesOf(sabotage),
    principals,
    organizations: { mine, theirs },
    rows,
    counts: { requests: 0, controls: 0 },
    findings: { wrongAnswers: [], differingAnswers: [], unknownWritten: [], unfilled: [], deaf: [] },
    seed,
    isShort,
    send: async (path, init) => {
      probing.counts.requests += 1
      return request(path, sabotage === undefined ? init : spoil(sabotage, init, principals))
    },
  }
  const print = (organizationId: typeof mine) => fingerprint(owner, { tables: catalogue.tables, organizationId })
  await breakOnPurpose(owner, { sabotage, mine, theirs, member: principals.userId })
  const theirsBefore = await print(theirs)
  await probeForeign(probing)
  const mineBefore = await print(mine)
  await probeUnknown(probing)
  if ((await print(mine)) !== mineBefore) probing.findings.unknownWritten.push('rows of the own organization after all')
  const foreignRowsChanged = (await print(theirs)) === theirsBefore ? 0 : 1
  await probeOwn(probing, {
    fill: async () => {
      const organizationId = await addOrganization(database, 'Own')
      const own = await fillOrganization(owner, { catalogue, organizationId, values: ownValues })
      await owner.query(
        `insert into organization_members (id, organization_id, user_id, role) values (gen_random_uuid(), $1, $2, 'owner')`,
        [organizationId, principals.userId],
      )
      return { organizationId, rows: own }
    },
  })
  const findings = Object.values(probing.findings).flat()
  if (foreignRowsChanged > 0) findings.push('rows of the other organization changed')
  for (const finding of findings.slice(0, shownFindings)) say(`found: ${finding.slice(0, 500)}`)
  if (findings.length > shownFindings) say(`found: and ${findings.length - shownFindings} more`)
  const { counts, findings: found } = probing
  say(`${probing.routes.length} operations, ${counts.requests} requests`)
  return {
    proof: 'routes',
    seed,
    operations: probing.routes.length,
    ...counts,
    wrongAnswers: found.wrongAnswers.length,
    differingAnswers: found.differingAnswers.length,
    foreignRowsChanged,
    unknownWritten: found.unknownWritten.length,
    unfilled: found.unfilled.length,
    deaf: found.deaf.length,
    ok: findings.length === 0,
  }
}

async function breakOnPurpose(
  owner: pg.Client,
  { sabotage, ...names }: { sabotage: string | undefined; mine: string; theirs: string; member: string },
): Promise<void> {
  const statement = sabotage === undefined ? '' : (sabotages[sabotage] ?? '')
  if (statement === '') return
  const sql = statement.replaceAll(/:(mine|theirs|member)\b/g, (_match, name: keyof typeof names) => `'${names[name]}'`)
  await owner.query(`begin; set local session_replication_role = replica; ${sql}; commit`)
}

/** What is broken is broken for all; a few operations are enough to find it by. */
const routesOf = (sabotage: string): readonly Route[] => [
  ...all.filter(({ path }) => path.startsWith('/v1/people')),
  ...(sabotage === 'unfillable' ? [nowhere] : []),
]

/** What a server that lacks a check would do with a request. */
function spoil(sabotage: string, init: RequestInit, { operator, key }: Principals): RequestInit {
  const headers = new Headers(init.headers)
  const authorization = headers.get('authorization')
  if (sabotage === 'sign-in' && authorization === null && !headers.has('cookie')) {
    for (const [name, value] of Object.entries(operator.headers)) headers.set(name, value)
  }
  if (sabotage === 'scopes' && authorization?.startsWith('Bearer nh_')) {
    headers.set('authorization', key.headers['authorization'] ?? '')
  }
  if (sabotage === 'properties' && typeof init.body === 'string') {
    return { ...init, headers, body: init.body.replaceAll(/,?"unknownProperty":"[^"]*"/g, '').replaceAll('{,', '{') }
  }
  return { ...init, headers }
}
