import * as account from './account.ts'
import * as agentSettings from './agent-settings.ts'
import * as agents from './agents.ts'
import * as apiKeys from './api-keys.ts'
import * as approvals from './approvals.ts'
import * as assets from './assets.ts'
import * as brands from './brands.ts'
import * as connections from './connections.ts'
import * as connectors from './connectors.ts'
import * as conversations from './conversations.ts'
import * as embeddings from './embeddings.ts'
import * as evalDatasets from './eval-datasets.ts'
import * as evals from './evals.ts'
import * as feedback from './feedback.ts'
import * as forks from './forks.ts'
import * as identity from './identity.ts'
import * as memories from './memories.ts'
import * as members from './members.ts'
import * as budgets from './budgets.ts'
import * as limits from './limits.ts'
import * as metrics from './metrics.ts'
import * as notifications from './notifications.ts'
import * as models from './models.ts'
import * as objectives from './objectives.ts'
import * as people from './people.ts'
import * as roles from './roles.ts'
import * as runMetrics from './run-metrics.ts'
import * as runs from './runs.ts'
import * as schedules from './schedules.ts'
import * as scores from './scores.ts'
import * as service from './service.ts'
import * as tasks from './tasks.ts'
import * as triggers from './triggers.ts'
import * as voiceTuning from './voice-tuning.ts'
import * as webhooks from './webhooks.ts'

export {
  ChangeUserSettings,
  NotificationEvent,
  notificationEvents,
  NotificationWays,
  Theme,
  UserSettings,
} from './account.ts'
export {
  AgentConfiguration,
  AgentPrompt,
  AgentSettings,
  PolicyRules,
  PolicyVersion,
  PromptVersion,
  Tool,
} from './agent-settings.ts'
export { Agent, AgentIntent } from './agents.ts'
export { ApiKey, CreateApiKey, CreatedApiKey } from './api-keys.ts'
export { Approval } from './approvals.ts'
export { AssetKind, AssetMediaType, BrandAsset, ChangeBrandAsset, maxAssetBytes } from './assets.ts'
export { Brand, BrandDetail, BrandVoice, ImportBrand, ImportEvent, ImportProgress, ImportResult } from './brands.ts'
export {
  ActionPrice,
  AuthorizeConnection,
  ConfigureAction,
  Connection,
  ConnectionAction,
  CreateConnection,
  FinishAuthorization,
} from './connections.ts'
export { ConnectorCatalogueEntry } from './connectors.ts'
export { ChangeTask, CreateTask, Task, TaskPriority, TaskStatus } from './tasks.ts'
export { CreateMemory, Memory, MemoryKind, MemoryStatus } from './memories.ts'
export { Conversation, ConversationDetail, CreateConversation, Message } from './conversations.ts'
export { BrandEmbeddings, Embeddings } from './embeddings.ts'
export { Notification, notificationKinds, NotificationSubject } from './notifications.ts'
export { RunEvent } from './events.ts'
export {
  AddedEvalCases,
  EvalCase,
  EvalDataset,
  EvalDatasetDetail,
  maxEvalCases,
  NewEvalCase,
  PutEvalDataset,
} from './eval-datasets.ts'
export {
  ComparedEvaluator,
  Eval,
  EvalComparison,
  EvalDetail,
  EvalItem,
  EvalItemStatus,
  EvalPrompt,
  EvalResult,
  EvalScore,
  EvalStatus,
  maxEvalItems,
  StartEval,
} from './evals.ts'
export { Evaluator, type EvaluatorInput, Evaluators } from './evaluators.ts'
export { Feedback, GiveFeedback } from './feedback.ts'
export {
  type Access,
  AuditEntry,
  AuditPage,
  Me,
  Membership,
  Organization,
  OrganizationRole,
  Permission,
  permissions,
  UpdateOrganization,
  User,
} from './identity.ts'
export { CreatedInvitation, Invitation, Member } from './members.ts'
export { Limit, LimitScope } from './limits.ts'
export { Budget, BudgetEntry, BudgetLimit, BudgetPeriod, BudgetScope, BudgetWindow } from './budgets.ts'
export { MetricBucket, MetricEvent, MetricGrouping, MetricSeries, RecordedMetrics } from './metrics.ts'
export { InferenceEndpoint, ModelBreaker, ModelPrice, ModelProvider, SetInferenceEndpoint } from './models.ts'
export { Objective, ObjectiveState } from './objectives.ts'
export {
  ConsentPurpose,
  ConsentStatus,
  ContactChannel,
  CreatePerson,
  ErasureReceipt,
  ImportedPeople,
  ImportPeople,
  Person,
  PersonDetail,
  PersonEvent,
  PersonExport,
  RecipientPolicy,
  RecordConsent,
  Suppression,
  Topic,
} from './people.ts'
export { Problem, ProblemIssue, RecordedError } from './problem.ts'
export {
  type AnswerOf,
  defineRoute,
  fillPath,
  type InputOf,
  type OutputOf,
  type Route,
  type RouteRequest,
  type RouteResponse,
} from './route.ts'
export { CreateRole, Role } from './roles.ts'
export { ComparedPiece, ComparedRun, ComparedSide, ForkRun, JsonChange, RunComparison } from './forks.ts'
export { AgentDay } from './run-metrics.ts'
export {
  ActionPreview,
  Citation,
  ContentPiece,
  LlmCall,
  LlmCallDetail,
  PromptOverride,
  Run,
  RunDetail,
  RunOverrides,
  RunPage,
  RunStep,
  Simulation,
  StartRun,
  ToolExecution,
  ToolExecutionDetail,
} from './runs.ts'
export {
  CreateSchedule,
  Schedule,
  ScheduleCatchUp,
  ScheduleFiring,
  ScheduleFiringStatus,
  ScheduleOverlap,
} from './schedules.ts'
export { CreateRunScore, RunScore } from './scores.ts'
export { Health } from './service.ts'
export { ApprovalStatus, RunPriority, RunStatus, RunWaitingReason, ToolExecutionStatus } from './states.ts'
export {
  InboundAddress,
  SetTrigger,
  Trigger,
  TriggerFiring,
  WebhookDelivery,
  WebhookDeliveryDetail,
} from './triggers.ts'
export {
  CreateTrainingJob,
  ModelVersion,
  TrainingJob,
  TrainingStatus,
  VoiceEvaluation,
  VoiceMeasures,
  VoiceSeparation,
} from './voice-tuning.ts'
export {
  SetWebhookEndpoint,
  WebhookAttempt,
  WebhookEndpoint,
  WebhookEventType,
  webhookEventTypes,
  WebhookMessage,
  WebhookMessageDetail,
} from './webhooks.ts'

/** Every operation of the API, by its id. The server implements each of them, and the OpenAPI document lists them. */
export const routes = {
  getMe: identity.getMe,
  getOrganization: identity.getOrganization,
  createOrganization: identity.createOrganization,
  updateOrganization: identity.updateOrganization,
  getMySettings: account.getMySettings,
  changeMySettings: account.changeMySettings,
  listMyInvitations: members.listMyInvitations,
  listMembers: members.listMembers,
  changeMemberRole: members.changeMemberRole,
  removeMember: members.removeMember,
  leaveOrganization: members.leaveOrganization,
  listInvitations: members.listInvitations,
  createInvitation: members.createInvitation,
  revokeInvitation: members.revokeInvitation,
  acceptInvitation: members.acceptInvitation,
  listRoles: roles.listRoles,
  createRole: roles.createRole,
  updateRole: roles.updateRole,
  deleteRole: roles.deleteRole,
  withholdPermissions: roles.withholdPermissions,
  listAuditLogs: identity.listAuditLogs,
  listApiKeys: apiKeys.listApiKeys,
  createApiKey: apiKeys.createApiKey,
  revokeApiKey: apiKeys.revokeApiKey,
  listEvalDatasets: evalDatasets.listEvalDatasets,
  getEvalDataset: evalDatasets.getEvalDataset,
  putEvalDataset: evalDatasets.putEvalDataset,
  deleteEvalDataset: evalDatasets.deleteEvalDataset,
  addEvalCases: evalDatasets.addEvalCases,
  addEvalCaseOfRun: evalDatasets.addEvalCaseOfRun,
  removeEvalCase: evalDatasets.removeEvalCase,
  startEval: evals.startEval,
  listEvals: evals.listEvals,
  getEval: evals.getEval,
  cancelEval: evals.cancelEval,
  startRun: runs.startRun,
  listRuns: runs.listRuns,
  getRun: runs.getRun,
  getRunStep: runs.getRunStep,
  getLlmCall: runs.getLlmCall,
  getToolExecution: runs.getToolExecution,
  resumeRun: runs.resumeRun,
  cancelRun: runs.cancelRun,
  signalRun: runs.signalRun,
  streamRunEvents: runs.streamRunEvents,
  listApprovals: approvals.listApprovals,
  getApproval: approvals.getApproval,
  approve: approvals.approve,
  deny: approvals.deny,
  settleToolExecution: approvals.settleToolExecution,
  listAgents: agents.listAgents,
  getAgentMetrics: runMetrics.getAgentMetrics,
  getAgentSettings: agentSettings.getAgentSettings,
  listAgentPolicies: agentSettings.listAgentPolicies,
  setAgentPolicy: agentSettings.setAgentPolicy,
  configureAgent: agentSettings.configureAgent,
  pauseAgent: agentSettings.pauseAgent,
  resumeAgent: agentSettings.resumeAgent,
  listPrompts: agentSettings.listPrompts,
  draftPrompt: agentSettings.draftPrompt,
  activatePrompt: agentSettings.activatePrompt,
  revertPrompt: agentSettings.revertPrompt,
  listTools: agentSettings.listTools,
  listBrands: brands.listBrands,
  getBrand: brands.getBrand,
  importBrand: brands.importBrand,
  listBrandAssets: assets.listBrandAssets,
  addBrandAsset: assets.addBrandAsset,
  getBrandAsset: assets.getBrandAsset,
  getBrandAssetContent: assets.getBrandAssetContent,
  changeBrandAsset: assets.changeBrandAsset,
  removeBrandAsset: assets.removeBrandAsset,
  listEmbeddings: embeddings.listEmbeddings,
  reembedBrands: embeddings.reembedBrands,
  listTrainingJobs: voiceTuning.listTrainingJobs,
  createTrainingJob: voiceTuning.createTrainingJob,
  getTrainingJob: voiceTuning.getTrainingJob,
  cancelTrainingJob: voiceTuning.cancelTrainingJob,
  listModelVersions: voiceTuning.listModelVersions,
  getModelVersion: voiceTuning.getModelVersion,
  activateModelVersion: voiceTuning.activateModelVersion,
  listConversations: conversations.listConversations,
  createConversation: conversations.createConversation,
  getConversation: conversations.getConversation,
  addMessage: conversations.addMessage,
  setConversationStatus: conversations.setConversationStatus,
  listMemories: memories.listMemories,
  createMemory: memories.createMemory,
  getMemory: memories.getMemory,
  changeMemory: memories.changeMemory,
  deleteMemory: memories.deleteMemory,
  listConnectors: connectors.listConnectors,
  listConnections: connections.listConnections,
  listLimits: limits.listLimits,
  setLimit: limits.setLimit,
  removeLimit: limits.removeLimit,
  listBudgets: budgets.listBudgets,
  getBudget: budgets.getBudget,
  listBudgetEntries: budgets.listBudgetEntries,
  setBudget: budgets.setBudget,
  adjustBudget: budgets.adjustBudget,
  endBudget: budgets.endBudget,
  recordMetrics: metrics.recordMetrics,
  getMetricSeries: metrics.getMetricSeries,
  listInferenceEndpoints: models.listInferenceEndpoints,
  setInferenceEndpoint: models.setInferenceEndpoint,
  removeInferenceEndpoint: models.removeInferenceEndpoint,
  checkInferenceEndpoint: models.checkInferenceEndpoint,
  setFallbackModels: models.setFallbackModels,
  resumeModelProvider: models.resumeModelProvider,
  listModelPrices: models.listModelPrices,
  setModelPrice: models.setModelPrice,
  removeModelPrice: models.removeModelPrice,
  createConnection: connections.createConnection,
  authorizeConnection: connections.authorizeConnection,
  listConnectionActions: connections.listConnectionActions,
  configureAction: connections.configureAction,
  finishAuthorization: connections.finishAuthorization,
  replaceConnection: connections.replaceConnection,
  checkConnection: connections.checkConnection,
  resumeConnection: connections.resumeConnection,
  listPeople: people.listPeople,
  createPerson: people.createPerson,
  getPerson: people.getPerson,
  importPeople: people.importPeople,
  addPersonIdentity: people.addPersonIdentity,
  recordConsent: people.recordConsent,
  addPersonNote: people.addPersonNote,
  addPersonObjective: objectives.addPersonObjective,
  setObjectiveState: objectives.setObjectiveState,
  setPersonTopics: people.setPersonTopics,
  exportPerson: people.exportPerson,
  erasePerson: people.erasePerson,
  listTopics: people.listTopics,
  createTopic: people.createTopic,
  listSuppressions: people.listSuppressions,
  createSuppression: people.createSuppression,
  deleteSuppression: people.deleteSuppression,
  getRecipientPolicy: people.getRecipientPolicy,
  setRecipientPolicy: people.setRecipientPolicy,
  listWebhookEndpoints: webhooks.listWebhookEndpoints,
  createWebhookEndpoint: webhooks.createWebhookEndpoint,
  updateWebhookEndpoint: webhooks.updateWebhookEndpoint,
  deleteWebhookEndpoint: webhooks.deleteWebhookEndpoint,
  rotateWebhookSecret: webhooks.rotateWebhookSecret,
  disableWebhookEndpoint: webhooks.disableWebhookEndpoint,
  enableWebhookEndpoint: webhooks.enableWebhookEndpoint,
  testWebhookEndpoint: webhooks.testWebhookEndpoint,
  listWebhookMessages: webhooks.listWebhookMessages,
  getWebhookMessage: webhooks.getWebhookMessage,
  redeliverWebhookMessage: webhooks.redeliverWebhookMessage,
  receiveWebhook: triggers.receiveWebhook,
  getInboundAddress: triggers.getInboundAddress,
  listWebhookDeliveries: triggers.listWebhookDeliveries,
  getWebhookDelivery: triggers.getWebhookDelivery,
  retryWebhookDelivery: triggers.retryWebhookDelivery,
  listTasks: tasks.listTasks,
  createTask: tasks.createTask,
  getTask: tasks.getTask,
  changeTask: tasks.changeTask,
  listTriggers: triggers.listTriggers,
  createTrigger: triggers.createTrigger,
  updateTrigger: triggers.updateTrigger,
  deleteTrigger: triggers.deleteTrigger,
  listNotifications: notifications.listNotifications,
  readNotification: notifications.readNotification,
  readAllNotifications: notifications.readAllNotifications,
  giveFeedback: feedback.giveFeedback,
  listFeedback: feedback.listFeedback,
  withdrawFeedback: feedback.withdrawFeedback,
  forkRun: forks.forkRun,
  compareRuns: forks.compareRuns,
  createRunScore: scores.createRunScore,
  listRunScores: scores.listRunScores,
  listSchedules: schedules.listSchedules,
  createSchedule: schedules.createSchedule,
  getSchedule: schedules.getSchedule,
  deleteSchedule: schedules.deleteSchedule,
  pauseSchedule: schedules.pauseSchedule,
  resumeSchedule: schedules.resumeSchedule,
  fireSchedule: schedules.fireSchedule,
  listScheduleFirings: schedules.listScheduleFirings,
  backfillSchedule: schedules.backfillSchedule,
  getHealth: service.getHealth,
  getReadiness: service.getReadiness,
  getMetrics: service.getMetrics,
  getOpenApi: service.getOpenApi,
  showUnsubscribe: service.showUnsubscribe,
  unsubscribe: service.unsubscribe,
} as const
