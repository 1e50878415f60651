import { z } from 'zod'
import { defineRoute } from './route.ts'
import { Day, FallbackModels, Id, IdParams, Moment } from './values.ts'

export const ModelProvider = z.enum(['openai', 'anthropic', 'google', 'compatible'])
export type ModelProvider = z.output<typeof ModelProvider>
const ModelName = z.string().trim().min(1).max(200)
const ProviderParams = z.strictObject({ provider: ModelProvider })

/** An organization's own account at a provider of models: its calls go there in the place of the installation's. */
export const InferenceEndpoint = z.object({
  provider: ModelProvider,
  /** Absent for the provider's own. */
  baseUrl: z.string().optional(),
  /** Keys can be written and never read. */
  hasKey: z.boolean(),
  /** Asked where neither code nor configuration names a model. */
  defaultModel: z.string().optional(),
  checkedAt: Moment.optional(),
  /** What the provider said at the newest check; absent where it answered. */
  checkError: z.string().optional(),
  actor: z.string(),
  updatedAt: Moment,
})
export type InferenceEndpoint = z.output<typeof InferenceEndpoint>

/** The circuit breaker of a provider's account: there while its last calls failed by the provider's fault. */
export const ModelBreaker = z.object({
  provider: z.string(),
  /** How many failed in a row, each after its retries, whichever workers made them. */
  faults: z.number().int().positive(),
  /** Until when calls that have a fallback go to it at once; past it, one at a time tries. Absent while too few have failed. */
  openUntil: Moment.optional(),
  /** How the last of them failed. */
  error: z.string(),
})
export type ModelBreaker = z.output<typeof ModelBreaker>

export const SetInferenceEndpoint = z.strictObject({
  /** Written and never read back. Left out, the stored one stays while the address does. */
  apiKey: z.string().min(1).max(4096).optional(),
  /** Of a server that speaks the provider's dialect: `https://models.example.com/v1`. */
  baseUrl: z
    .url({ protocol: /^https?$/ })
    .max(2048)
    .optional(),
  /** Only one account has one: another's is taken away. */
  defaultModel: ModelName.optional(),
})

export const listInferenceEndpoints = defineRoute({
  id: 'listInferenceEndpoints',
  method: 'get',
  path: '/v1/inference-endpoints',
  tag: 'models',
  summary: 'The organization’s own accounts at providers of models',
  request: {},
  responses: {
    200: {
      description: 'The accounts, the model that is asked where nobody names one, and what stands in for one',
      schema: z.object({
        endpoints: z.array(InferenceEndpoint),
        defaultModel: z.string(),
        /** Asked in this order where a model cannot be and its agent names no others. */
        fallbackModels: z.array(z.string()),
        /** Of the providers whose last calls failed. */
        breakers: z.array(ModelBreaker),
      }),
    },
  },
  permission: 'connections:read',
  audit: null,
})

export const setInferenceEndpoint = defineRoute({
  id: 'setInferenceEndpoint',
  method: 'put',
  path: '/v1/inference-endpoints/{provider}',
  tag: 'models',
  summary: 'Sets the organization’s own account at a provider; its key is sealed and never shown',
  request: { params: ProviderParams, body: SetInferenceEndpoint },
  responses: { 200: { description: 'The account', schema: InferenceEndpoint } },
  permission: 'connections:write',
  audit: 'inference_endpoint.set',
})

export const removeInferenceEndpoint = defineRoute({
  id: 'removeInferenceEndpoint',
  method: 'delete',
  path: '/v1/inference-endpoints/{provider}',
  tag: 'models',
  summary: 'Takes the account away with its key; calls go to the installation’s again',
  request: { params: ProviderParams },
  responses: { 200: { description: 'What was taken away', schema: InferenceEndpoint } },
  permission: 'connections:write',
  audit: 'inference_endpoint.removed',
})

export const checkInferenceEndpoint = defineRoute({
  id: 'checkInferenceEndpoint',
  method: 'post',
  path: '/v1/inference-endpoints/{provider}/check',
  tag: 'models',
  summary: 'Asks a model of the account for one word, as a call on record, and keeps what came of it',
  request: { params: ProviderParams, body: z.strictObject({ model: ModelName.optional() }) },
  responses: { 200: { description: 'The account; `checkError` says what is wrong', schema: InferenceEndpoint } },
  permission: 'connections:write',
  audit: 'inference_endpoint.checked',
})

export const setFallbackModels = defineRoute({
  id: 'setFallbackModels',
  method: 'put',
  path: '/v1/fallback-models',
  tag: 'models',
  summary: 'Names the models that are asked, in order, where the one of a call cannot be; for agents that name none',
  request: { body: z.strictObject({ models: FallbackModels }) },
  responses: { 200: { description: 'The models', schema: z.object({ models: z.array(z.string()) }) } },
  permission: 'connections:write',
  audit: 'fallback_models.set',
})

export const resumeModelProvider = defineRoute({
  id: 'resumeModelProvider',
  method: 'post',
  path: '/v1/model-providers/{provider}/resume',
  tag: 'models',
  summary: 'Has a provider asked again whose calls go to the fallback because the last ones failed',
  request: { params: ProviderParams },
  responses: {
    200: {
      description: 'Whether its last calls had failed',
      schema: z.object({ provider: ModelProvider, wasFailing: z.boolean() }),
    },
  },
  permission: 'connections:write',
  audit: 'model_provider.resumed',
})

const Rate = z.number().int().min(0).max(1_000_000_000_000)

/** What a model costs an organization from a day on. Rates are micros (millionths of the currency) a million tokens. */
const PriceParts = {
  provider: ModelProvider,
  /** Without the suffix of a dated snapshot it holds for all of them. */
  model: ModelName,
  /** From this day (UTC) until the next price of the model. */
  effectiveFrom: Day,
  /** ISO 4217. */
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be a code such as USD'),
  input: Rate,
  cacheRead: Rate,
  cacheWrite: Rate,
  /** Reasoning is billed as output. */
  output: Rate,
}
export const ModelPrice = z.object({ id: Id, ...PriceParts, actor: z.string(), updatedAt: Moment })
export type ModelPrice = z.output<typeof ModelPrice>

export const listModelPrices = defineRoute({
  id: 'listModelPrices',
  method: 'get',
  path: '/v1/model-prices',
  tag: 'models',
  summary: 'The organization’s own prices of models; they come before the list prices',
  request: {},
  responses: { 200: { description: 'The prices', schema: z.object({ prices: z.array(ModelPrice) }) } },
  permission: 'connections:read',
  audit: null,
})

export const setModelPrice = defineRoute({
  id: 'setModelPrice',
  method: 'put',
  path: '/v1/model-prices',
  tag: 'models',
  summary: 'Sets what a model costs from a day on; calls that have ended keep their cost',
  request: { body: z.strictObject(PriceParts) },
  responses: { 200: { description: 'The price', schema: ModelPrice } },
  permission: 'organization:manage',
  audit: 'model_price.set',
})

export const removeModelPrice = defineRoute({
  id: 'removeModelPrice',
  method: 'delete',
  path: '/v1/model-prices/{id}',
  tag: 'models',
  summary: 'Takes a price away; the list price holds again',
  request: { params: IdParams },
  responses: { 200: { description: 'What was taken away', schema: ModelPrice } },
  permission: 'organization:manage',
  audit: 'model_price.removed',
})
