import type { routes } from '@neonhub/contract'
import type { ImplementedRoute } from '../implement.ts'
import { getHealth } from './healthz/get.ts'
import { getMetrics } from './metrics/get.ts'
import { getOpenApi } from './openapi.json/get.ts'
import { getReadiness } from './readyz/get.ts'
import { showUnsubscribe } from './unsubscribe/_token/get.ts'
import { unsubscribe } from './unsubscribe/_token/post.ts'
import { configureAgent } from './v1/agents/_name/configuration/put.ts'
import { pauseAgent } from './v1/agents/_name/pause/post.ts'
import { listAgentPolicies } from './v1/agents/_name/policies/get.ts'
import { setAgentPolicy } from './v1/agents/_name/policy/put.ts'
import { resumeAgent } from './v1/agents/_name/resume/post.ts'
import { getAgentSettings } from './v1/agents/_name/settings/get.ts'
import { listAgents } from './v1/agents/get.ts'
import { getAgentMetrics } from './v1/agents/metrics/get.ts'
import { revokeApiKey } from './v1/api-keys/_id/delete.ts'
import { listApiKeys } from './v1/api-keys/get.ts'
import { createApiKey } from './v1/api-keys/post.ts'
import { approve } from './v1/approvals/_id/approve/post.ts'
import { deny } from './v1/approvals/_id/deny/post.ts'
import { getApproval } from './v1/approvals/_id/get.ts'
import { listApprovals } from './v1/approvals/get.ts'
import { listAuditLogs } from './v1/audit-logs/get.ts'
import { adjustBudget } from './v1/budgets/_id/adjustments/post.ts'
import { endBudget } from './v1/budgets/_id/delete.ts'
import { getBudget } from './v1/budgets/_id/get.ts'
import { listBudgetEntries } from './v1/budgets/_id/ledger/get.ts'
import { listBudgets } from './v1/budgets/get.ts'
import { setBudget } from './v1/budgets/put.ts'
import { removeLimit } from './v1/limits/_id/delete.ts'
import { listLimits } from './v1/limits/get.ts'
import { setLimit } from './v1/limits/put.ts'
import { getBrandAssetContent } from './v1/brands/_slug/assets/_id/content/get.ts'
import { removeBrandAsset } from './v1/brands/_slug/assets/_id/delete.ts'
import { getBrandAsset } from './v1/brands/_slug/assets/_id/get.ts'
import { changeBrandAsset } from './v1/brands/_slug/assets/_id/patch.ts'
import { listBrandAssets } from './v1/brands/_slug/assets/get.ts'
import { addBrandAsset } from './v1/brands/_slug/assets/post.ts'
import { getBrand } from './v1/brands/_slug/get.ts'
import { listBrands } from './v1/brands/get.ts'
import { importBrand } from './v1/brands/import/post.ts'
import { replaceConnection } from './v1/connections/_id/put.ts'
import { listEmbeddings } from './v1/embeddings/get.ts'
import { reembedBrands } from './v1/embeddings/post.ts'
import { checkConnection } from './v1/connections/_id/check/post.ts'
import { resumeConnection } from './v1/connections/_id/resume/post.ts'
import { listConnections } from './v1/connections/get.ts'
import { createConnection } from './v1/connections/post.ts'
import { listConnectionActions } from './v1/connections/_id/actions/get.ts'
import { configureAction } from './v1/connections/_id/actions/_action/put.ts'
import { authorizeConnection } from './v1/connections/authorize/post.ts'
import { finishAuthorization } from './v1/connections/authorize/finish/post.ts'
import { listConnectors } from './v1/connectors/get.ts'
import { getMetricSeries } from './v1/metrics/get.ts'
import { recordMetrics } from './v1/metrics/post.ts'
import { getLlmCall } from './v1/llm-calls/_id/get.ts'
import { getMe } from './v1/me/get.ts'
import { getOrganization } from './v1/organization/get.ts'
import { putOrganization } from './v1/organization/put.ts'
import { postOrganization } from './v1/organizations/post.ts'
import { setObjectiveState } from './v1/objectives/_id/state/put.ts'
import { addPersonObjective } from './v1/people/_id/objectives/post.ts'
import { addPersonNote } from './v1/people/_id/notes/post.ts'
import { addPersonIdentity } from './v1/people/_id/identities/post.ts'
import { recordConsent } from './v1/people/_id/consents/post.ts'
import { setPersonTopics } from './v1/people/_id/topics/put.ts'
import { getPerson } from './v1/people/_id/get.ts'
import { erasePerson } from './v1/people/erase/post.ts'
import { exportPerson } from './v1/people/export/post.ts'
import { listPeople } from './v1/people/get.ts'
import { importPeople } from './v1/people/import/post.ts'
import { createPerson } from './v1/people/post.ts'
import { activatePrompt } from './v1/prompts/activate/post.ts'
import { draftPrompt } from './v1/prompts/drafts/post.ts'
import { listPrompts } from './v1/prompts/get.ts'
import { revertPrompt } from './v1/prompts/revert/post.ts'
import { getRecipientPolicy } from './v1/recipient-policy/get.ts'
import { setRecipientPolicy } from './v1/recipient-policy/put.ts'
import { cancelRun } from './v1/runs/_id/cancel/post.ts'
import { signalRun } from './v1/runs/_id/signals/post.ts'
import { compareRuns } from './v1/runs/_id/comparison/get.ts'
import { streamRunEvents } from './v1/runs/_id/events/get.ts'
import { readNotification } from './v1/notifications/_id/read/post.ts'
import { listNotifications } from './v1/notifications/get.ts'
import { readAllNotifications } from './v1/notifications/read/post.ts'
import { forkRun } from './v1/runs/_id/forks/post.ts'
import { getRun } from './v1/runs/_id/get.ts'
import { getRunStep } from './v1/runs/_id/steps/_key/get.ts'
import { resumeRun } from './v1/runs/_id/resume/post.ts'
import { withdrawFeedback } from './v1/feedback/_id/withdraw/post.ts'
import { listFeedback } from './v1/feedback/get.ts'
import { giveFeedback } from './v1/feedback/post.ts'
import { listRunScores } from './v1/runs/_id/scores/get.ts'
import { createRunScore } from './v1/runs/_id/scores/post.ts'
import { listRuns } from './v1/runs/get.ts'
import { startRun } from './v1/runs/post.ts'
import { deleteSuppression } from './v1/suppressions/_id/delete.ts'
import { listSuppressions } from './v1/suppressions/get.ts'
import { resumeModelProvider } from './v1/model-providers/_provider/resume/post.ts'
import { checkInferenceEndpoint } from './v1/inference-endpoints/_provider/check/post.ts'
import { removeInferenceEndpoint } from './v1/inference-endpoints/_provider/delete.ts'
import { setInferenceEndpoint } from './v1/inference-endpoints/_provider/put.ts'
import { setFallbackModels } from './v1/fallback-models/put.ts'
import { listInferenceEndpoints } from './v1/inference-endpoints/get.ts'
import { removeModelPrice } from './v1/model-prices/_id/delete.ts'
import { listModelPrices } from './v1/model-prices/get.ts'
import { setModelPrice } from './v1/model-prices/put.ts'
import { getConversation } from './v1/conversations/_id/get.ts'
import { addMessage } from './v1/conversations/_id/messages/post.ts'
import { setConversationStatus } from './v1/conversations/_id/status/put.ts'
import { listConversations } from './v1/conversations/get.ts'
import { createConversation } from './v1/conversations/post.ts'
import { createSuppression } from './v1/suppressions/post.ts'
import { getToolExecution } from './v1/tool-executions/_id/get.ts'
import { settleToolExecution } from './v1/tool-executions/_id/settle/post.ts'
import { listTools } from './v1/tools/get.ts'
import { listTopics } from './v1/topics/get.ts'
import { createTopic } from './v1/topics/post.ts'
import { getInboundAddress } from './v1/connections/_id/inbound/get.ts'
import { deleteTrigger } from './v1/triggers/_id/delete.ts'
import { updateTrigger } from './v1/triggers/_id/put.ts'
import { listTriggers } from './v1/triggers/get.ts'
import { createTrigger } from './v1/triggers/post.ts'
import { getWebhookDelivery } from './v1/webhook-deliveries/_id/get.ts'
import { retryWebhookDelivery } from './v1/webhook-deliveries/_id/retry/post.ts'
import { listWebhookDeliveries } from './v1/webhook-deliveries/get.ts'
import { receiveWebhook } from './v1/webhooks/in/_token/post.ts'
import { deleteWebhookEndpoint } from './v1/webhook-endpoints/_id/delete.ts'
import { disableWebhookEndpoint } from './v1/webhook-endpoints/_id/disable/post.ts'
import { enableWebhookEndpoint } from './v1/webhook-endpoints/_id/enable/post.ts'
import { updateWebhookEndpoint } from './v1/webhook-endpoints/_id/put.ts'
import { rotateWebhookSecret } from './v1/webhook-endpoints/_id/rotate/post.ts'
import { testWebhookEndpoint } from './v1/webhook-endpoints/_id/test/post.ts'
import { listWebhookEndpoints } from './v1/webhook-endpoints/get.ts'
import { createWebhookEndpoint } from './v1/webhook-endpoints/post.ts'
import { getWebhookMessage } from './v1/webhook-messages/_id/get.ts'
import { redeliverWebhookMessage } from './v1/webhook-messages/_id/redeliver/post.ts'
import { listWebhookMessages } from './v1/webhook-messages/get.ts'
import { listMemories } from './v1/memories/get.ts'
import { createMemory } from './v1/memories/post.ts'
import { getMemory } from './v1/memories/_id/get.ts'
import { changeMemory } from './v1/memories/_id/patch.ts'
import { deleteMemory } from './v1/memories/_id/delete.ts'
import { listModelVersions } from './v1/model-versions/get.ts'
import { getModelVersion } from './v1/model-versions/_id/get.ts'
import { activateModelVersion } from './v1/model-versions/_id/activate/post.ts'
import { listTrainingJobs } from './v1/training-jobs/get.ts'
import { listEvalDatasets } from './v1/eval-datasets/get.ts'
import { deleteEvalDataset } from './v1/eval-datasets/_slug/delete.ts'
import { getEvalDataset } from './v1/eval-datasets/_slug/get.ts'
import { putEvalDataset } from './v1/eval-datasets/_slug/put.ts'
import { removeEvalCase } from './v1/eval-datasets/_slug/cases/_name/delete.ts'
import { addEvalCaseOfRun } from './v1/eval-datasets/_slug/cases/of-run/post.ts'
import { addEvalCases } from './v1/eval-datasets/_slug/cases/post.ts'
import { cancelEval } from './v1/evals/_id/cancel/post.ts'
import { getEval } from './v1/evals/_id/get.ts'
import { listEvals } from './v1/evals/get.ts'
import { startEval } from './v1/evals/post.ts'
import { createTrainingJob } from './v1/training-jobs/post.ts'
import { getTrainingJob } from './v1/training-jobs/_id/get.ts'
import { cancelTrainingJob } from './v1/training-jobs/_id/cancel/post.ts'
import { listTasks } from './v1/tasks/get.ts'
import { createTask } from './v1/tasks/post.ts'
import { getTask } from './v1/tasks/_id/get.ts'
import { changeTask } from './v1/tasks/_id/patch.ts'
import { listSchedules } from './v1/schedules/get.ts'
import { createSchedule } from './v1/schedules/post.ts'
import { getSchedule } from './v1/schedules/_id/get.ts'
import { deleteSchedule } from './v1/schedules/_id/delete.ts'
import { pauseSchedule } from './v1/schedules/_id/pause/post.ts'
import { resumeSchedule } from './v1/schedules/_id/resume/post.ts'
import { fireSchedule } from './v1/schedules/_id/fire/post.ts'
import { listScheduleFirings } from './v1/schedules/_id/firings/get.ts'
import { backfillSchedule } from './v1/schedules/_id/backfill/post.ts'
import { acceptInvitation } from './v1/invitations/_id/accept/post.ts'
import { revokeInvitation } from './v1/invitations/_id/delete.ts'
import { listInvitations } from './v1/invitations/get.ts'
import { createInvitation } from './v1/invitations/post.ts'
import { listMyInvitations } from './v1/me/invitations/get.ts'
import { getMySettings } from './v1/me/settings/get.ts'
import { changeMySettings } from './v1/me/settings/patch.ts'
import { removeMember } from './v1/members/_id/delete.ts'
import { changeMemberRole } from './v1/members/_id/role/put.ts'
import { listMembers } from './v1/members/get.ts'
import { leaveOrganization } from './v1/organization/leave/post.ts'
import { withholdPermissions } from './v1/organization/withheld-permissions/put.ts'
import { deleteRole } from './v1/roles/_id/delete.ts'
import { updateRole } from './v1/roles/_id/put.ts'
import { listRoles } from './v1/roles/get.ts'
import { createRole } from './v1/roles/post.ts'

/** One handler for each operation of the contract: one that is missing does not compile. */
const implementations: Readonly<Record<keyof typeof routes, ImplementedRoute>> = {
  activatePrompt,
  addPersonIdentity,
  addPersonNote,
  addPersonObjective,
  setObjectiveState,
  approve,
  cancelRun,
  signalRun,
  addMessage,
  checkConnection,
  resumeConnection,
  createConversation,
  getConversation,
  listConversations,
  setConversationStatus,
  checkInferenceEndpoint,
  adjustBudget,
  endBudget,
  getBudget,
  listBudgetEntries,
  listBudgets,
  setBudget,
  removeLimit,
  listLimits,
  setLimit,
  recordMetrics,
  getMetricSeries,
  listInferenceEndpoints,
  listModelPrices,
  removeInferenceEndpoint,
  removeModelPrice,
  setInferenceEndpoint,
  setFallbackModels,
  resumeModelProvider,
  setModelPrice,
  configureAgent,
  replaceConnection,
  createApiKey,
  createConnection,
  authorizeConnection,
  listConnectionActions,
  configureAction,
  finishAuthorization,
  createPerson,
  createSuppression,
  createTopic,
  deleteSuppression,
  deny,
  draftPrompt,
  erasePerson,
  exportPerson,
  getBrand,
  getHealth,
  getLlmCall,
  getMe,
  getMetrics,
  getOpenApi,
  getOrganization,
  getPerson,
  getReadiness,
  getRecipientPolicy,
  getRun,
  getRunStep,
  getToolExecution,
  importBrand,
  importPeople,
  listAgentPolicies,
  listAgents,
  listApiKeys,
  listApprovals,
  getAgentMetrics,
  getAgentSettings,
  getApproval,
  listAuditLogs,
  listBrands,
  listBrandAssets,
  addBrandAsset,
  getBrandAsset,
  getBrandAssetContent,
  changeBrandAsset,
  removeBrandAsset,
  listEmbeddings,
  listConnectors,
  listConnections,
  listPeople,
  listPrompts,
  listRuns,
  reembedBrands,
  listSuppressions,
  listTools,
  listTopics,
  pauseAgent,
  recordConsent,
  resumeAgent,
  resumeRun,
  revertPrompt,
  revokeApiKey,
  setAgentPolicy,
  setPersonTopics,
  setRecipientPolicy,
  settleToolExecution,
  showUnsubscribe,
  startRun,
  streamRunEvents,
  unsubscribe,
  createTrigger,
  deleteTrigger,
  getInboundAddress,
  getWebhookDelivery,
  listTriggers,
  listWebhookDeliveries,
  receiveWebhook,
  retryWebhookDelivery,
  updateTrigger,
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  disableWebhookEndpoint,
  enableWebhookEndpoint,
  getWebhookMessage,
  listWebhookEndpoints,
  listWebhookMessages,
  redeliverWebhookMessage,
  rotateWebhookSecret,
  testWebhookEndpoint,
  updateWebhookEndpoint,
  listNotifications,
  readNotification,
  readAllNotifications,
  giveFeedback,
  listFeedback,
  withdrawFeedback,
  forkRun,
  compareRuns,
  createRunScore,
  listRunScores,
  listMemories,
  createMemory,
  getMemory,
  changeMemory,
  deleteMemory,
  listModelVersions,
  getModelVersion,
  activateModelVersion,
  listTrainingJobs,
  listEvalDatasets,
  getEvalDataset,
  putEvalDataset,
  deleteEvalDataset,
  addEvalCases,
  addEvalCaseOfRun,
  removeEvalCase,
  startEval,
  listEvals,
  getEval,
  cancelEval,
  createTrainingJob,
  getTrainingJob,
  cancelTrainingJob,
  listTasks,
  createTask,
  getTask,
  changeTask,
  listSchedules,
  createSchedule,
  getSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  fireSchedule,
  listScheduleFirings,
  backfillSchedule,
  acceptInvitation,
  changeMemberRole,
  changeMySettings,
  createInvitation,
  createRole,
  deleteRole,
  getMySettings,
  leaveOrganization,
  listInvitations,
  listMembers,
  listMyInvitations,
  listRoles,
  removeMember,
  revokeInvitation,
  updateRole,
  withholdPermissions,
  createOrganization: postOrganization,
  updateOrganization: putOrganization,
}

export const implementedRoutes: readonly ImplementedRoute[] = Object.values(implementations)
