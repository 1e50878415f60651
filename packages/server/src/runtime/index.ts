export { configureAction, type ConfiguredAction, listConfiguredActions } from './actions/configure-action.ts'
export { addSandboxConnections } from './add-sandbox-connections.ts'
export {
  addConnection,
  checkConnection,
  type ConnectionParts,
  type NewConnection,
  replaceConnection,
} from './connections.ts'
export { sweepBudgets, type WorksFor } from './budgets/reserve-budgets.ts'
export { listLimits, removeLimit, setLimit } from './limits/set-limit.ts'
export type { Limit, LimitChange, LimitScope } from './limits/spec.ts'
export { adjustBudget, type BudgetChange, endBudget, getBudget, setBudget } from './budgets/set-budget.ts'
export type { Budget, BudgetEntry, BudgetWindow } from './budgets/spec.ts'
export { listBudgets, listEntries, wakeWaiting } from './budgets/sql/budgets.ts'
export { brandIntent, defineAgent, intent } from './define-agent.ts'
export { checkPrompts } from './fork/check-prompts.ts'
export { findIntent, parseAsked } from './find-intent.ts'
export { createStandaloneJournal } from './llm-journal.ts'
export { listRunMetrics, type RunMetrics } from './metrics/list-run-metrics.ts'
export { keepRunMetrics, rollUpRuns } from './metrics/roll-up-runs.ts'
export { assertModel } from './models/assert-model.ts'
export { closeModelBreaker, listModelBreakers } from './models/breakers.ts'
export { listFallbackModels, setFallbackModels } from './models/fallbacks.ts'
export { checkEndpoint, endpointNotFound } from './models/check-endpoint.ts'
export {
  type EndpointSummary,
  listEndpoints,
  type NewEndpoint,
  removeEndpoint,
  saveEndpoint,
} from './models/endpoints.ts'
export { findModels } from './models/find-models.ts'
export { listPrices, type OwnPrice, removePrice, savePrice } from './models/prices.ts'
export { type Authorized, finishAuthorization, type ReturnedAuthorization } from './oauth/finish-authorization.ts'
export { describeConsent } from './oauth/oauth-of.ts'
export { type AskedAuthorization, startAuthorization, type StartedAuthorization } from './oauth/start-authorization.ts'
export { type InboundConnection, openInbound } from './open-inbound.ts'
export { type ApprovalView, findApproval, listApprovals } from './read/approvals.ts'
export { findLlmCall } from './read/llm-calls.ts'
export { findRunStep } from './read/run-steps.ts'
export { findRunTrace, listRunEvents, type RunEventView, type RunTrace } from './read/run-trace.ts'
export { findRun, listRuns, type RunView } from './read/run-view.ts'
export { findToolExecution } from './read/tool-executions.ts'
export { createRuntime } from './runtime.ts'
export { codeCatalogue } from './settings/code-catalogue.ts'
export { type ConfigChange, listPausedAgents, setAgentStatus, setConfig } from './settings/configs.ts'
export { findForeignTools } from './settings/policy-faults.ts'
export type { PolicyRules, PolicyVersion } from './settings/policy-rules.ts'
export {
  activatePrompt,
  draftPrompt,
  getPrompt,
  listPrompts,
  type PromptKey,
  type PromptView,
  revertPrompt,
} from './settings/prompts.ts'
export { type PolicyChange, setPolicy } from './settings/set-policy.ts'
export {
  type CapabilityRow,
  type ConnectorRow,
  listCapabilities,
  listConnectorRows,
  listToolRows,
  type ToolRow,
} from './settings/sql/catalogue.ts'
export { type AgentConfig, listConfigs } from './settings/sql/configs.ts'
export { listPolicies } from './settings/sql/policies.ts'
export { defineTask, fillTask } from './settings/task.ts'
export { getBrandId } from './sql/get-brand-id.ts'
export { closeBreaker } from './sql/breakers.ts'
export { cancelRun as cancelRunIn } from './sql/cancel-run.ts'
export { type ConnectionSummary, listConnections } from './sql/connections.ts'
export { addScore, listScores, type Score } from './sql/scores.ts'
export { writeRun } from './start-run.ts'
export * from './spec.ts'
