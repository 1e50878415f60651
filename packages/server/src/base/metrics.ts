import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client'

/**
 * Every metric of the process. Labels are closed sets (route templates, agent names, models), never an organization or
 * an id: those would grow without bound and would tell one tenant about another.
 */
export function createMetrics() {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const seconds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300]
  return {
    registry,
    agentRuns: new Counter({
      name: 'neonhub_agent_runs_total',
      help: 'Run attempts by their outcome',
      labelNames: ['agent', 'intent', 'status'],
      registers,
    }),
    agentRunSeconds: new Histogram({
      name: 'neonhub_agent_run_duration_seconds',
      help: 'Seconds that a run attempt held a worker',
      labelNames: ['agent', 'intent'],
      buckets: seconds,
      registers,
    }),
    toolExecutions: new Counter({
      name: 'neonhub_tool_executions_total',
      help: 'Tool executions by the status they reached',
      labelNames: ['tool', 'status'],
      registers,
    }),
    connectorSeconds: new Histogram({
      name: 'neonhub_connector_request_duration_seconds',
      help: 'Seconds a connector call took',
      labelNames: ['connector', 'action', 'outcome'],
      buckets: seconds,
      registers,
    }),
    circuitBreakersOpened: new Counter({
      name: 'neonhub_circuit_breakers_opened_total',
      help: 'Circuit breakers that calls of this process have opened',
      labelNames: ['connector'],
      registers,
    }),
    queueJobs: new Counter({
      name: 'neonhub_queue_jobs_total',
      help: 'Queue jobs by their outcome',
      labelNames: ['queue', 'outcome'],
      registers,
    }),
    queueJobSeconds: new Histogram({
      name: 'neonhub_queue_job_duration_seconds',
      help: 'Seconds a queue job took',
      labelNames: ['queue'],
      buckets: seconds,
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'neonhub_webhook_attempts_total',
      help: 'Attempts to tell an endpoint of an event, by what came of them',
      labelNames: ['outcome'],
      registers,
    }),
    webhookDeliveries: new Counter({
      name: 'neonhub_webhook_deliveries_total',
      help: 'Requests of outside services with events, by what came of them',
      labelNames: ['outcome'],
      registers,
    }),
    httpRequests: new Counter({
      name: 'neonhub_http_requests_total',
      help: 'HTTP requests by route template',
      labelNames: ['method', 'route', 'status'],
      registers,
    }),
    httpSeconds: new Histogram({
      name: 'neonhub_http_request_duration_seconds',
      help: 'Seconds an HTTP request took',
      labelNames: ['method', 'route'],
      buckets: seconds,
      registers,
    }),
    databaseSeconds: new Histogram({
      name: 'neonhub_database_transaction_duration_seconds',
      help: 'Seconds a database transaction was open',
      labelNames: ['role'],
      buckets: seconds,
      registers,
    }),
    llmCalls: new Counter({
      name: 'neonhub_llm_calls_total',
      help: 'LLM calls by their outcome',
      labelNames: ['provider', 'model', 'operation', 'outcome'],
      registers,
    }),
    llmTokens: new Counter({
      name: 'neonhub_llm_tokens_total',
      help: 'LLM tokens by disjoint class',
      labelNames: ['provider', 'model', 'class'],
      registers,
    }),
    llmCostMicros: new Counter({
      name: 'neonhub_llm_cost_micros_total',
      help: 'LLM cost in millionths of the price currency',
      labelNames: ['provider', 'model', 'currency'],
      registers,
    }),
  }
}

export type Metrics = ReturnType<typeof createMetrics>
