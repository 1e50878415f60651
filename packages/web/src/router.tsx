import { RunStatus } from '@neonhub/contract'
import type { QueryClient } from '@tanstack/react-query'
import { createRootRouteWithContext, createRoute, createRouter, Outlet, redirect } from '@tanstack/react-router'
import type { Services } from './api/use-api.ts'
import { AccountPage } from './pages/account.tsx'
import { AgentPage } from './pages/agent.tsx'
import { AgentsPage } from './pages/agents.tsx'
import { ApiKeysPage } from './pages/api-keys.tsx'
import { ApprovalsPage } from './pages/approvals.tsx'
import { BrandPage } from './pages/brand.tsx'
import { BrandsPage } from './pages/brands.tsx'
import { BudgetsPage } from './pages/budgets.tsx'
import { ConnectCallbackPage } from './pages/connect-callback.tsx'
import { ConnectionsPage } from './pages/connections.tsx'
import { JoinPage } from './pages/join.tsx'
import { MembersPage } from './pages/members.tsx'
import { NotFoundPage } from './pages/not-found.tsx'
import { PageFailure } from './pages/page-failure.tsx'
import { PagePending } from './pages/page-pending.tsx'
import { MetricsPage } from './pages/metrics.tsx'
import { NotificationsPage } from './pages/notifications.tsx'
import { ModelsPage } from './pages/models.tsx'
import { MemoriesPage } from './pages/memories.tsx'
import { PeoplePage } from './pages/people.tsx'
import { PersonPage } from './pages/person.tsx'
import { RunPage } from './pages/run.tsx'
import { RunsPage } from './pages/runs.tsx'
import { SchedulesPage } from './pages/schedules.tsx'
import { SignInPage } from './pages/sign-in.tsx'
import { TasksPage } from './pages/tasks.tsx'
import { EvalPage } from './pages/eval.tsx'
import { EvalsPage } from './pages/evals.tsx'
import { VoicesPage } from './pages/voices.tsx'
import { WebhooksPage } from './pages/webhooks.tsx'
import { requireSession } from './require-session.ts'
import { Shell } from './shell/shell.tsx'

export type RouterContext = Services & { readonly queryClient: QueryClient }

const rootRoute = createRootRouteWithContext<RouterContext>()({ component: Outlet, notFoundComponent: NotFoundPage })

const signInRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/sign-in',
  // Only a path of this site: an address of another one would make the sign-in a way to send people anywhere.
  validateSearch: ({ to }): { to?: string } => (typeof to === 'string' && /^\/(?![/\\])/.test(to) ? { to } : {}),
  component: SignInPage,
})

const joinRoute = createRoute({
  getParentRoute: () => rootRoute,
  path: '/join',
  validateSearch: ({ email, token }): { email?: string; token?: string } => ({
    ...(typeof email === 'string' ? { email } : {}),
    ...(typeof token === 'string' ? { token } : {}),
  }),
  component: JoinPage,
})

/** Everything behind the sign-in. */
const appRoute = createRoute({
  getParentRoute: () => rootRoute,
  id: 'app',
  beforeLoad: ({ context, location }) => requireSession(context, location.href),
  component: Shell,
})

const indexRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/',
  beforeLoad: () => {
    throw redirect({ to: '/runs', replace: true })
  },
})

const runsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/runs',
  validateSearch: ({ status }): { status?: RunStatus } => {
    const known = RunStatus.safeParse(status).data
    return known === undefined ? {} : { status: known }
  },
  component: RunsPage,
})

const runRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/runs/$runId',
  component: RunPage,
})

const approvalsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/approvals',
  validateSearch: ({ all }): { all?: true } => (all === true ? { all } : {}),
  component: ApprovalsPage,
})

const agentsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/agents',
  component: AgentsPage,
})

const agentRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/agents/$agentName',
  component: AgentPage,
})

const peopleRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/people',
  validateSearch: ({ search }): { search?: string } =>
    typeof search === 'string' && search.trim() !== '' ? { search: search.slice(0, 200) } : {},
  component: PeoplePage,
})

const personRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/people/$personId',
  component: PersonPage,
})

const connectionsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/connections',
  // What the command line asks a person to connect here.
  validateSearch: ({ connect, name }): { connect?: string; name?: string } => ({
    ...(typeof connect === 'string' ? { connect } : {}),
    ...(typeof name === 'string' ? { name: name.slice(0, 100) } : {}),
  }),
  component: ConnectionsPage,
})

const connectCallbackRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/connections/callback/$connector',
  component: ConnectCallbackPage,
})

const modelsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/models',
  component: ModelsPage,
})

const brandsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/brands',
  component: BrandsPage,
})

const brandRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/brands/$brandSlug',
  component: BrandPage,
})

const memoriesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/memories',
  component: MemoriesPage,
})

const evalsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/evals',
  component: EvalsPage,
})

const evalRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/evals/$evalId',
  component: EvalPage,
})

const voicesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/voices',
  component: VoicesPage,
})

const tasksRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/tasks',
  component: TasksPage,
})

const notificationsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/notifications',
  component: NotificationsPage,
})

const schedulesRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/schedules',
  component: SchedulesPage,
})

const budgetsRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/budgets',
  component: BudgetsPage,
})

const metricsRoute = createRoute({
  getParentRoute: () => appRoute,
  // The server answers /metrics itself, to Prometheus.
  path: '/measurements',
  component: MetricsPage,
})

const webhooksRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/webhooks',
  component: WebhooksPage,
})

const apiKeysRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/api-keys',
  component: ApiKeysPage,
})

const membersRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/members',
  component: MembersPage,
})

const accountRoute = createRoute({
  getParentRoute: () => appRoute,
  path: '/account',
  component: AccountPage,
})

const routeTree = rootRoute.addChildren([
  signInRoute,
  joinRoute,
  appRoute.addChildren([
    indexRoute,
    runsRoute,
    runRoute,
    approvalsRoute,
    agentsRoute,
    agentRoute,
    peopleRoute,
    personRoute,
    connectionsRoute,
    connectCallbackRoute,
    modelsRoute,
    brandsRoute,
    brandRoute,
    memoriesRoute,
    evalsRoute,
    evalRoute,
    voicesRoute,
    tasksRoute,
    notificationsRoute,
    schedulesRoute,
    budgetsRoute,
    metricsRoute,
    webhooksRoute,
    apiKeysRoute,
    membersRoute,
    accountRoute,
  ]),
])

/** Makes the router of the application. The server answers every path of a page with `index.html`. */
export function createAppRouter(context: RouterContext) {
  return createRouter({
    routeTree,
    context,
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailure,
    defaultPendingComponent: PagePending,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}
