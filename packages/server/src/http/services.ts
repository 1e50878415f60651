import type {
  Approval,
  ApprovalStatus,
  Brand,
  BrandDetail,
  ConnectorCatalogueEntry,
  Embeddings,
  ImportProgress,
  ImportResult,
  LlmCallDetail,
  Run,
  RunDetail,
  RunEvent,
  RunStatus,
  RunStep,
  ToolExecutionDetail,
} from '@neonhub/contract'
import type {
  ApprovalId,
  ConnectionId,
  JobId,
  LlmCallId,
  OrganizationId,
  RunId,
  ScheduleId,
  ToolExecutionId,
  WebhookEndpointId,
} from '../base/ids.ts'
import type { TenantTx } from '../db/index.ts'
import type {
  Agent,
  AskedAuthorization,
  Authorized,
  ConnectionParts,
  ConnectionSummary,
  NewConnection,
  NewEndpoint,
  ReturnedAuthorization,
  Runtime,
  StartedAuthorization,
} from '../runtime/index.ts'
import type { InboundRequest } from '../connectors/spec.ts'
import type { Received } from '../triggers/index.ts'
import type { BackfillResult, Firing } from '../schedules/index.ts'
import type { ReadOnly } from './read-only.ts'

/** A part of a list, newest first by id: at most `limit`, all older than `before`. */
export interface PageRequest {
  readonly limit: number
  readonly before?: string | undefined
}

/**
 * What the routes ask of the other rooms, in the words of the contract. The composition root hands it in. Functions
 * that read take a transaction inside the organization; what is foreign and what is absent are both undefined.
 */
export interface HttpServices {
  readonly runtime: Pick<
    Runtime,
    | 'startRun'
    | 'forkRun'
    | 'resumeRun'
    | 'cancelRun'
    | 'signalRun'
    | 'waitForRun'
    | 'decideApproval'
    | 'settleToolExecution'
  >
  readonly agents: ReadonlyMap<string, Agent>
  /** The model that the installation asks where nobody names one. */
  readonly defaultModel: string
  /** Throws `llm.provider_unknown` or `llm.provider_not_configured` for a model that could not be asked here. */
  readonly assertModel: (tx: TenantTx, model: string) => Promise<void>
  /** Its key sealed. Throws `runtime.endpoint_invalid`. */
  readonly saveEndpoint: (tx: TenantTx, endpoint: NewEndpoint) => Promise<void>
  /** Asks the provider and keeps the answer. Throws `runtime.endpoint_not_found`, `runtime.endpoint_invalid`. */
  readonly checkEndpoint: (
    organizationId: OrganizationId,
    asked: { readonly provider: NewEndpoint['provider']; readonly model: string | undefined },
  ) => Promise<void>
  /** Root runs, or the children of `parent`; those of one `status` where it is given. */
  readonly listRuns: (
    tx: TenantTx,
    page: PageRequest & { readonly status?: RunStatus | undefined; readonly parent?: RunId | undefined },
  ) => Promise<readonly ReadOnly<Run>[]>
  readonly findRun: (tx: TenantTx, runId: RunId) => Promise<ReadOnly<Run> | undefined>
  /** With everything that happened in the run and its children, content included. */
  readonly findRunDetail: (tx: TenantTx, runId: RunId) => Promise<ReadOnly<RunDetail> | undefined>
  /**
   * At most `limit` entries of the run's journal with a sequence above `after`, in their order, and the run's status,
   * which is read before them: where it is a final one, no entry is missing. Undefined where there is no such run.
   */
  readonly listRunEvents: (
    tx: TenantTx,
    request: { readonly runId: RunId; readonly after: number; readonly limit: number },
  ) => Promise<{ readonly status: RunStatus; readonly events: readonly ReadOnly<RunEvent>[] } | undefined>
  readonly listApprovals: (
    tx: TenantTx,
    page: PageRequest & { readonly status?: ApprovalStatus | undefined },
  ) => Promise<readonly ReadOnly<Approval>[]>
  readonly findApproval: (tx: TenantTx, approvalId: ApprovalId) => Promise<ReadOnly<Approval> | undefined>
  /** With its whole output. */
  readonly findRunStep: (tx: TenantTx, runId: RunId, key: string) => Promise<ReadOnly<RunStep> | undefined>
  readonly findLlmCall: (tx: TenantTx, id: LlmCallId) => Promise<ReadOnly<LlmCallDetail> | undefined>
  readonly findToolExecution: (tx: TenantTx, id: ToolExecutionId) => Promise<ReadOnly<ToolExecutionDetail> | undefined>
  /** By name. */
  readonly listBrands: (tx: TenantTx) => Promise<readonly ReadOnly<Brand>[]>
  readonly findBrand: (tx: TenantTx, slug: string) => Promise<ReadOnly<BrandDetail> | undefined>
  readonly importBrand: (
    organizationId: OrganizationId,
    request: { readonly source: string; readonly slug?: string | undefined },
    onProgress: (progress: ImportProgress) => void,
  ) => Promise<ReadOnly<ImportResult>>
  /** The brands of the organization by name, with whose vectors they have and how far they are on their way to others. */
  readonly listEmbeddings: (tx: TenantTx) => Promise<ReadOnly<Embeddings>>
  /** Sends every brand to the installation's embedding model, and takes a failed one on at once. */
  readonly reembedBrands: (organizationId: OrganizationId) => Promise<void>
  readonly listConnections: (tx: TenantTx) => Promise<readonly ConnectionSummary[]>
  /** Those of each connector that the organization lacks. */
  readonly addSandboxConnections: (tx: TenantTx) => Promise<unknown>
  /** How a connector is connected by consent; undefined where it is not. */
  readonly consentOf: (connector: string) => ReadOnly<ConnectorCatalogueEntry>['consent']
  /** Begins to connect an account by consent; throws as `runtime/oauth/start-authorization.ts` says. */
  readonly startAuthorization: (tx: TenantTx, asked: AskedAuthorization) => Promise<StartedAuthorization>
  /** Connects the account, with `inSame` in the same transaction; throws as `runtime/oauth/finish-authorization.ts` says. */
  readonly finishAuthorization: (
    organizationId: OrganizationId,
    returned: ReturnedAuthorization,
    inSame: (tx: TenantTx, authorized: Authorized) => Promise<void>,
  ) => Promise<ConnectionId>
  readonly addConnection: (tx: TenantTx, connection: NewConnection) => Promise<ConnectionId>
  /** Throws `not_found` where there is no such one. */
  readonly replaceConnection: (
    tx: TenantTx,
    connection: ConnectionParts & { readonly id: ConnectionId },
  ) => Promise<void>
  /** Lets calls through again. Returns whether any of its last calls had failed. */
  readonly resumeConnection: (tx: TenantTx, id: ConnectionId) => Promise<boolean>
  /** Asks the provider and records the answer on the connection. Throws `not_found` where there is no such one. */
  readonly checkConnection: (organizationId: OrganizationId, id: ConnectionId) => Promise<unknown>
  /** Throws `base.address_refused` for an address that nothing would be sent to. */
  readonly checkUrl: (url: string) => void
  /** Has what is due to an endpoint sent soon. */
  readonly wakeEndpoint: (organizationId: OrganizationId, endpointId: WebhookEndpointId) => Promise<void>
  /** Takes in an event of an outside service; see `triggers/receive.ts`. */
  readonly receiveWebhook: (request: { readonly token: string; readonly request: InboundRequest }) => Promise<Received>
  /** Hands the job of a delivery that is to be worked again to the queue. */
  readonly dispatchDelivery: (organizationId: OrganizationId, jobId: JobId) => Promise<void>
  /** Hands the job of a voice that is to be learned to the queue. */
  readonly dispatchTuning: (organizationId: OrganizationId, jobId: JobId) => Promise<void>
  /** Hands the job of an eval that begins to the queue. */
  readonly dispatchEval: (organizationId: OrganizationId, jobId: JobId) => Promise<void>
  /** Fires a schedule at once, with `inSame` in the same transaction. Throws `schedules.not_found`. */
  readonly fireSchedule: (
    organizationId: OrganizationId,
    id: ScheduleId,
    inSame: (tx: TenantTx, firing: Firing) => Promise<void>,
  ) => Promise<Firing>
  /** Starts a run for each past time of a schedule that has started none. Throws as `schedules/backfill.ts` says. */
  readonly backfillSchedule: (
    organizationId: OrganizationId,
    asked: { readonly id: ScheduleId; readonly from: Date; readonly to: Date },
    beforehand: (tx: TenantTx, times: number) => Promise<void>,
  ) => Promise<BackfillResult>
  readonly isReady: () => Promise<boolean>
}
