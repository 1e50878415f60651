import {
  type ApprovalStatus,
  type BrandAsset,
  type LlmCall,
  type MetricBucket,
  type MetricGrouping,
  routes,
  type RunStatus,
  type RunStep,
  type ToolExecution,
} from '@neonhub/contract'
import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query'
import { makeThumbnail } from '../assets/make-thumbnail.ts'
import { isOver } from '../format/run-status.ts'
import type { ApiClient } from './api-client.ts'

const dayMs = 86_400_000
const busyPollMs = 2_500
const idlePollMs = 10_000

/** Who is signed in, and where. */
export const meQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['me'],
    queryFn: ({ signal }) => api.call(routes.getMe, { signal }),
    staleTime: 60_000,
  })

/** Pages of runs, newest first; asks more often while one of them is under way. */
export const runsQuery = (api: ApiClient, status: RunStatus | undefined) =>
  infiniteQueryOptions({
    queryKey: ['runs', { status }],
    queryFn: ({ signal, pageParam }) =>
      api.call(routes.listRuns, { signal, query: { limit: 30, status, before: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ runs }) => runs.some((run) => !isOver(run.status))) ? busyPollMs : idlePollMs,
  })

export const runKey = (id: string) => ['run', id] as const

/** One run with its trace. Its events tell when to read it again; the slow poll is for when they do not come. */
export const runQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: runKey(id),
    queryFn: ({ signal }) => api.call(routes.getRun, { signal, params: { id } }),
    refetchInterval: ({ state }) => (state.data && isOver(state.data.status) ? false : idlePollMs),
  })

/** A run beside the one that it was made of; read anew while either goes on. */
export const runComparisonQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: [...runKey(id), 'comparison'],
    queryFn: ({ signal }) => api.call(routes.compareRuns, { signal, params: { id }, query: {} }),
    refetchInterval: ({ state: { data } }) =>
      data && isOver(data.original.status) && isOver(data.fork.status) ? false : busyPollMs,
  })

/** A finished step with its whole output. A step that failed may be tried again, so its attempt is part of the key. */
export const runStepQuery = (api: ApiClient, id: string, { key, attempt, status }: RunStep) =>
  queryOptions({
    queryKey: ['run-step', id, key, attempt, status],
    queryFn: ({ signal }) => api.call(routes.getRunStep, { signal, params: { id, key } }),
    staleTime: Infinity,
  })

/**
 * A model call with its prompt and answer. The status is part of the key, so that the answer is read once it is there.
 */
export const llmCallQuery = (api: ApiClient, { id, status }: Pick<LlmCall, 'id' | 'status'>) =>
  queryOptions({
    queryKey: ['llm-call', id, status],
    queryFn: ({ signal }) => api.call(routes.getLlmCall, { signal, params: { id } }),
    staleTime: Infinity,
  })

/** A tool execution with its exact arguments, which never change. */
export const toolExecutionQuery = (api: ApiClient, { id }: Pick<ToolExecution, 'id'>) =>
  queryOptions({
    queryKey: ['tool-execution', id],
    queryFn: ({ signal }) => api.call(routes.getToolExecution, { signal, params: { id } }),
    staleTime: Infinity,
  })

/** Approvals of one status, or all of them. */
export const approvalsQuery = (api: ApiClient, status: ApprovalStatus | undefined) =>
  queryOptions({
    queryKey: ['approvals', { status }],
    queryFn: ({ signal }) => api.call(routes.listApprovals, { signal, query: { status, limit: 100 } }),
    refetchInterval: 5_000,
  })

/** The organization's own accounts at providers of models. */
export const inferenceEndpointsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['inference-endpoints'],
    queryFn: ({ signal }) => api.call(routes.listInferenceEndpoints, { signal }),
  })

/** What was measured in the last so many days. */
export const metricsQuery = (
  api: ApiClient,
  asked: { readonly by: MetricBucket; readonly days: number; readonly groupBy: MetricGrouping | undefined },
) =>
  queryOptions({
    queryKey: ['metrics', asked],
    queryFn: ({ signal }) => {
      const { by, days, groupBy } = asked
      const from = new Date(Date.now() - days * dayMs).toISOString()
      return api.call(routes.getMetricSeries, { signal, query: { by, groupBy, from } })
    },
  })

export const modelPricesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['model-prices'],
    queryFn: ({ signal }) => api.call(routes.listModelPrices, { signal }),
  })

export const agentsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['agents'],
    queryFn: ({ signal }) => api.call(routes.listAgents, { signal }),
    staleTime: 300_000,
  })

/** What an agent did in the last thirty days. */
export const agentMetricsQuery = (api: ApiClient, agent: string) =>
  queryOptions({
    queryKey: ['agent-metrics', agent],
    queryFn: ({ signal }) => api.call(routes.getAgentMetrics, { signal, query: { agent } }),
  })

/** What the organization has set about an agent. */
export const agentSettingsQuery = (api: ApiClient, name: string) =>
  queryOptions({
    queryKey: ['agent-settings', name],
    queryFn: ({ signal }) => api.call(routes.getAgentSettings, { signal, params: { name } }),
  })

/** The prompts of an agent with the organization's own versions. */
export const promptsQuery = (api: ApiClient, agent?: string) =>
  queryOptions({
    queryKey: ['prompts', agent],
    queryFn: ({ signal }) => api.call(routes.listPrompts, { signal, query: { agent } }),
  })

export const brandsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['brands'],
    queryFn: ({ signal }) => api.call(routes.listBrands, { signal }),
  })

/** Pages of a brand's files in their newest versions, newest first. */
export const brandAssetsQuery = (api: ApiClient, slug: string) =>
  infiniteQueryOptions({
    queryKey: ['brand-assets', slug],
    queryFn: ({ signal, pageParam }) =>
      api.call(routes.listBrandAssets, { signal, params: { slug }, query: { limit: 24, before: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextBefore,
  })

/** All versions of a file's name, the newest first. */
export const assetVersionsQuery = (api: ApiClient, { brand, name }: Pick<BrandAsset, 'brand' | 'name'>) =>
  queryOptions({
    queryKey: ['brand-assets', brand, name],
    queryFn: ({ signal }) =>
      api.call(routes.listBrandAssets, {
        signal,
        params: { slug: brand },
        query: { name, versions: 'all', limit: 100 },
      }),
  })

/** A small picture of an image, as a data URL; by its bytes, which never change. */
export const thumbnailQuery = (api: ApiClient, { brand, id, sha256, mediaType }: BrandAsset) =>
  queryOptions({
    queryKey: ['thumbnail', sha256],
    queryFn: async ({ signal }) =>
      makeThumbnail(
        await api.download(routes.getBrandAssetContent, { signal, params: { slug: brand, id } }),
        mediaType,
      ),
    staleTime: Infinity,
  })

export const connectionsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['connections'],
    queryFn: ({ signal }) => api.call(routes.listConnections, { signal }),
  })

/** What can be connected, and what of it is. Below the connections' key, so that a change of those reads it anew. */
export const connectorsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['connections', 'catalogue'],
    queryFn: ({ signal }) => api.call(routes.listConnectors, { signal }),
  })

/** What members say of a piece. */
export const contentFeedbackQuery = (api: ApiClient, contentId: string) =>
  queryOptions({
    queryKey: ['feedback', contentId],
    queryFn: ({ signal }) => api.call(routes.listFeedback, { signal, query: { contentId, limit: 50 } }),
  })

/** What people make of a run. */
export const runScoresQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['run-scores', id],
    queryFn: ({ signal }) => api.call(routes.listRunScores, { signal, params: { id } }),
  })

/** What agents are told of the brands; with a status, those in it alone. */
export const memoriesQuery = (api: ApiClient, status: 'proposed' | 'active') =>
  queryOptions({
    queryKey: ['memories', status],
    queryFn: ({ signal }) => api.call(routes.listMemories, { signal, query: { status, limit: 100 } }),
  })

/** Which tasks are looked at; `mine` and `anybody` are of those to do. */
export type TaskView = 'unfinished' | 'mine' | 'anybody' | 'done' | 'all'

const taskFilters = {
  unfinished: { status: 'unfinished' },
  mine: { status: 'unfinished', assignee: 'me' },
  anybody: { status: 'unfinished', assignee: 'none' },
  done: { status: 'done' },
  all: {},
} as const

/** Pages of work for people, newest first. */
export const tasksQuery = (api: ApiClient, view: TaskView) =>
  infiniteQueryOptions({
    queryKey: ['tasks', view],
    queryFn: ({ signal, pageParam }) =>
      api.call(routes.listTasks, { signal, query: { limit: 30, ...taskFilters[view], before: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: idlePollMs,
  })

/** A brand with its voice and its sources. Below the versions' key: one that is activated changes the voice. */
export const brandQuery = (api: ApiClient, slug: string) =>
  queryOptions({
    queryKey: ['model-versions', 'brand', slug],
    queryFn: ({ signal }) => api.call(routes.getBrand, { signal, params: { slug } }),
  })

/** What was learned of a brand's voice, newest first. */
export const modelVersionsQuery = (api: ApiClient, brand: string) =>
  queryOptions({
    queryKey: ['model-versions', brand],
    queryFn: ({ signal }) => api.call(routes.listModelVersions, { signal, query: { brand, limit: 50 } }),
  })

/** The newest job that learns a brand's voice; asks more often while it is under way. */
export const trainingJobsQuery = (api: ApiClient, brand: string) =>
  queryOptions({
    queryKey: ['training-jobs', brand],
    queryFn: ({ signal }) => api.call(routes.listTrainingJobs, { signal, query: { brand, limit: 1 } }),
    refetchInterval: ({ state }) =>
      state.data?.trainingJobs.some(({ status }) => status === 'queued' || status === 'running')
        ? busyPollMs
        : idlePollMs,
  })

/** The data sets that agents are measured by. */
export const evalDatasetsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['eval-datasets'],
    queryFn: ({ signal }) => api.call(routes.listEvalDatasets, { signal }),
    refetchInterval: idlePollMs,
  })

/** The newest evals of a data set; asks more often while one is under way. */
export const evalsQuery = (api: ApiClient, dataset: string) =>
  queryOptions({
    queryKey: ['evals', dataset],
    queryFn: ({ signal }) => api.call(routes.listEvals, { signal, query: { dataset, limit: 50 } }),
    refetchInterval: ({ state }) =>
      state.data?.evals.some(({ status }) => status === 'running') ? busyPollMs : idlePollMs,
  })

/** An eval with every answer, beside the one before it. */
export const evalQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['eval', id],
    queryFn: ({ signal }) => api.call(routes.getEval, { signal, params: { id }, query: {} }),
    // People's marks come after it is finished.
    refetchInterval: ({ state }) => (state.data?.status === 'running' ? busyPollMs : idlePollMs),
  })

/** What agents are asked again and again. */
export const schedulesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['schedules'],
    queryFn: ({ signal }) => api.call(routes.listSchedules, { signal }),
    refetchInterval: idlePollMs,
  })

/** What came of the newest times of a schedule. */
export const scheduleFiringsQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['schedule-firings', id],
    queryFn: ({ signal }) => api.call(routes.listScheduleFirings, { signal, params: { id }, query: { limit: 10 } }),
    refetchInterval: idlePollMs,
  })

/** What may be spent, with what is spent and held. */
export const budgetsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['budgets'],
    queryFn: ({ signal }) => api.call(routes.listBudgets, { signal }),
    refetchInterval: idlePollMs,
  })

/** What limits how much goes on at once, with how much does. */
export const limitsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['limits'],
    queryFn: ({ signal }) => api.call(routes.listLimits, { signal }),
    refetchInterval: busyPollMs,
  })

/** The newest movements of a budget. */
export const budgetEntriesQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['budget-entries', id],
    queryFn: ({ signal }) => api.call(routes.listBudgetEntries, { signal, params: { id }, query: { limit: 30 } }),
    refetchInterval: idlePollMs,
  })

/** Where the organization is told of what happens. */
export const webhookEndpointsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['webhook-endpoints'],
    queryFn: ({ signal }) => api.call(routes.listWebhookEndpoints, { signal }),
    refetchInterval: idlePollMs,
  })

/** The newest messages of an endpoint. */
export const webhookMessagesQuery = (api: ApiClient, endpoint: string) =>
  queryOptions({
    queryKey: ['webhook-messages', endpoint],
    queryFn: ({ signal }) => api.call(routes.listWebhookMessages, { signal, query: { endpoint, limit: 10 } }),
    refetchInterval: idlePollMs,
  })

/** Which events start which runs. */
export const triggersQuery = (api: ApiClient) =>
  queryOptions({ queryKey: ['triggers'], queryFn: ({ signal }) => api.call(routes.listTriggers, { signal }) })

/** The newest events that came in. */
export const webhookDeliveriesQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['webhook-deliveries'],
    queryFn: ({ signal }) => api.call(routes.listWebhookDeliveries, { signal, query: { limit: 20 } }),
    refetchInterval: idlePollMs,
  })

export const apiKeysQuery = (api: ApiClient) =>
  queryOptions({ queryKey: ['api-keys'], queryFn: ({ signal }) => api.call(routes.listApiKeys, { signal }) })

/** Pages of people, newest first; those whose name or address has `search` in it. */
export const peopleQuery = (api: ApiClient, search: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['people', { search }],
    queryFn: ({ signal, pageParam }) =>
      api.call(routes.listPeople, { signal, query: { limit: 30, search, before: pageParam } }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextBefore,
  })

/** A person with ledger, timeline, notes and objectives. */
export const personQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['person', id],
    queryFn: ({ signal }) => api.call(routes.getPerson, { signal, params: { id } }),
  })

/** Pages of what the person ought to look at, or of all that they were told of. */
export const notificationsQuery = (api: ApiClient, unreadOnly: boolean) =>
  infiniteQueryOptions({
    queryKey: ['notifications', { unreadOnly }],
    queryFn: ({ signal, pageParam }) =>
      api.call(routes.listNotifications, {
        signal,
        query: { limit: 30, unread: unreadOnly ? 'true' : 'false', before: pageParam },
      }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.nextBefore,
    refetchInterval: idlePollMs,
  })

export const mySettingsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['my-settings'],
    queryFn: ({ signal }) => api.call(routes.getMySettings, { signal }),
    staleTime: Infinity,
  })

export const myInvitationsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['my-invitations'],
    queryFn: ({ signal }) => api.call(routes.listMyInvitations, { signal }),
  })

export const membersQuery = (api: ApiClient) =>
  queryOptions({ queryKey: ['members'], queryFn: ({ signal }) => api.call(routes.listMembers, { signal }) })

export const invitationsQuery = (api: ApiClient) =>
  queryOptions({
    queryKey: ['members', 'invitations'],
    queryFn: ({ signal }) => api.call(routes.listInvitations, { signal }),
  })

export const rolesQuery = (api: ApiClient) =>
  queryOptions({ queryKey: ['members', 'roles'], queryFn: ({ signal }) => api.call(routes.listRoles, { signal }) })

/** What agents may do through a connection, and what is fixed of it. */
export const connectionActionsQuery = (api: ApiClient, id: string) =>
  queryOptions({
    queryKey: ['connection-actions', id],
    queryFn: ({ signal }) => api.call(routes.listConnectionActions, { signal, params: { id } }),
  })
