/** The walls between the rooms of the server: which room may import which, as the table in ARCHITECTURE.md says. */
const rooms = {
  base: [],
  db: ['base'],
  connectors: ['base'],
  llm: ['base'],
  notifications: ['base', 'db'],
  identity: ['base', 'db', 'notifications'],
  queue: ['base', 'db'],
  marketing: ['base', 'db'],
  people: ['base', 'db'],
  knowledge: ['base', 'db', 'queue', 'llm'],
  learning: ['base', 'db', 'queue', 'llm', 'knowledge', 'marketing', 'notifications'],
  webhooks: ['base', 'db', 'queue', 'connectors', 'notifications'],
  runtime: ['base', 'db', 'queue', 'connectors', 'llm', 'people', 'webhooks', 'notifications'],
  triggers: ['base', 'db', 'queue', 'connectors', 'runtime'],
  schedules: ['base', 'db', 'queue', 'runtime', 'notifications'],
  tasks: ['base', 'db', 'notifications'],
  evals: ['base', 'db', 'queue', 'llm', 'runtime', 'knowledge', 'marketing'],
  agents: ['base', 'runtime', 'connectors', 'knowledge', 'marketing', 'tasks'],
  http: [
    'base',
    'db',
    'identity',
    'queue',
    'runtime',
    'agents',
    'connectors',
    'knowledge',
    'learning',
    'marketing',
    'people',
    'llm',
    'webhooks',
    'triggers',
    'schedules',
    'evals',
    'tasks',
    'notifications',
  ],
  mcp: [
    'base',
    'db',
    'identity',
    'queue',
    'runtime',
    'agents',
    'connectors',
    'knowledge',
    'learning',
    'marketing',
    'people',
    'llm',
    'webhooks',
    'triggers',
    'schedules',
    'tasks',
  ],
  ops: ['base', 'db', 'queue'],
}
const source = 'packages/server/src'
const notTest = '\\.test\\.ts$'

const roomWalls = Object.entries(rooms).map(([room, allowed]) => ({
  name: `${room}-wall`,
  comment: `${room} may import ${allowed.join(', ') || 'no other room'}`,
  severity: 'error',
  from: { path: `^${source}/${room}/`, pathNot: notTest },
  to: { path: `^${source}/`, pathNot: `^${source}/(${[room, ...allowed].join('|')})/` },
}))

/** A room is entered by its doors. `base` has no inside: each of its files is one. */
const doors = Object.keys(rooms)
  .filter((room) => room !== 'base')
  .map((room) => ({
    name: `${room}-door`,
    comment: `${room} is entered by index.ts, spec.ts or system.ts`,
    severity: 'error',
    from: { path: `^${source}/`, pathNot: [`^${source}/${room}/`, notTest] },
    to: { path: `^${source}/${room}/`, pathNot: `^${source}/${room}/(index|spec|system)\\.ts$` },
  }))

const siblings = ['agents', 'connectors'].map((room) => ({
  name: `${room}-siblings`,
  comment: `no folder of ${room} imports another; what they share stands in _lib or beside them`,
  severity: 'error',
  from: { path: `^${source}/${room}/([^/_][^/]*)/` },
  to: { path: `^${source}/${room}/[^/_][^/]*/`, pathNot: `^${source}/${room}/$1/` },
}))

/** What of the command line is itself loaded by the one command that needs it. */
const heavy = `^${source}/cli/(commands/(start\\.ts|db/|users/)|(installation|http-services|with-database|seed|record-retention|import-brand-people|work-apart)\\.ts)`

export default {
  forbidden: [
    ...roomWalls,
    ...doors,
    ...siblings,
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'system-door',
      comment: 'what crosses organizations: sign-in, dispatch, retention',
      severity: 'error',
      from: { path: `^${source}/`, pathNot: [`^${source}/(db|identity|queue|ops|cli)/`, notTest] },
      to: { path: `^${source}/db/system\\.ts$` },
    },
    {
      name: 'sql-stays-in-db',
      comment: 'pg and kysely are imported inside db only; rooms use TenantTx',
      severity: 'error',
      from: { path: `^${source}/`, pathNot: [`^${source}/db/`, notTest] },
      to: { path: '^node_modules/(pg|kysely)/' },
    },
    {
      name: 'light-commands',
      comment:
        'a command loads the rooms where it comes to need them: most commands ask a server, and start in a quarter of the time',
      severity: 'error',
      from: { path: `^${source}/cli/`, pathNot: [heavy, notTest] },
      to: {
        path: [`^${source}/(?!base/|cli/)`, heavy],
        dependencyTypesNot: ['type-only', 'dynamic-import'],
      },
    },
    {
      name: 'contract-anywhere',
      severity: 'error',
      from: { path: '^packages/contract/src/' },
      to: { pathNot: '^(packages/contract/src/|node_modules/zod/)' },
    },
    {
      name: 'web-imports-contract-only',
      severity: 'error',
      from: { path: '^packages/web/' },
      to: { path: '^packages/server/' },
    },
    { name: 'no-orphan-import', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    // The peers' packages are installed on demand, by the benchmark that runs beside them.
    exclude: { path: '(^|/)(dist|artefacts)/|^bench/peers/' },
    parser: 'swc',
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}
