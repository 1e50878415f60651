import { z } from 'zod'
import { type AllowedHosts, parseAllowedHosts } from './allowed-hosts.ts'
import type { OAuthApp, OAuthApps } from './oauth-apps.ts'
import { parseOrThrow } from './parse.ts'

const flag = z
  .enum(['true', 'false', '1', '0', ''])
  .optional()
  .transform((text) => (text === undefined || text === '' ? undefined : text === 'true' || text === '1'))

const blankIsAbsent = (value: unknown) => (value === '' ? undefined : value)
const text = z.preprocess(blankIsAbsent, z.string().optional())
const url = z.preprocess(blankIsAbsent, z.url().optional())
const urlOf = (protocol: RegExp, example: string) =>
  z.preprocess(blankIsAbsent, z.url({ protocol, error: `must be a URL such as ${example}` }).optional())

/** An id without its secret, or the other way round, is a slip that would show only once somebody presses Connect. */
function requireBoth(id: string, secret: string) {
  return (environment: Readonly<Record<string, unknown>>, context: z.RefinementCtx) => {
    if ((environment[id] === undefined) === (environment[secret] === undefined)) return
    const [missing, given] = environment[id] === undefined ? [id, secret] : [secret, id]
    context.addIssue({ code: 'custom', path: [missing], message: `is needed beside ${given}` })
  }
}

const Environment = z
  .object({
    NEONHUB_DATA_DIR: z.preprocess(blankIsAbsent, z.string().default('.neonhub')),
    HOST: z.preprocess(blankIsAbsent, z.string().default('127.0.0.1')),
    PORT: z.preprocess(blankIsAbsent, z.coerce.number().int().min(0).max(65_535).default(3000)),
    NEONHUB_PUBLIC_URL: url,
    DATABASE_URL: urlOf(/^postgres(ql)?$/, 'postgresql://user:password@host:5432/neonhub'),
    REDIS_URL: urlOf(/^rediss?$/, 'redis://host:6379'),
    USE_MOCK_CONNECTORS: flag,
    NEONHUB_SECRET: z.preprocess(blankIsAbsent, z.string().min(32, 'must have at least 32 characters').optional()),
    LOG_LEVEL: z.preprocess(
      blankIsAbsent,
      z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('warn'),
    ),
    NEONHUB_MODEL: text,
    NEONHUB_EMBEDDING_MODEL: text,
    OPENAI_API_KEY: text,
    OPENAI_BASE_URL: url,
    ANTHROPIC_API_KEY: text,
    ANTHROPIC_BASE_URL: url,
    GOOGLE_GENERATIVE_AI_API_KEY: text,
    GOOGLE_BASE_URL: url,
    OPENAI_COMPATIBLE_BASE_URL: url,
    OPENAI_COMPATIBLE_API_KEY: text,
    // Node's own client gives up after five minutes.
    NEONHUB_MODEL_TIMEOUT_SECONDS: z.preprocess(blankIsAbsent, z.coerce.number().positive().max(290).default(240)),
    NEONHUB_ALLOWED_PRIVATE_HOSTS: z.string().default(''),
    NEONHUB_ASSETS_MIB: z.preprocess(blankIsAbsent, z.coerce.number().int().min(0).default(1024)),
    NEONHUB_RATE_LIMIT_PER_MINUTE: z.preprocess(blankIsAbsent, z.coerce.number().int().positive().default(60)),
    SLACK_CLIENT_ID: text,
    SLACK_CLIENT_SECRET: text,
    SLACK_SIGNING_SECRET: text,
    GOOGLE_CLIENT_ID: text,
    GOOGLE_CLIENT_SECRET: text,
  })
  .superRefine(requireBoth('SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET'))
  .superRefine(requireBoth('GOOGLE_CLIENT_ID', 'GOOGLE_CLIENT_SECRET'))

/** One provider of models: where it answers and with which key. */
export interface ProviderConfig {
  readonly apiKey: string | undefined
  readonly baseUrl: string | undefined
}

export interface LlmConfig {
  /** `provider:model`; undefined picks the first provider that has a key, else the sandbox model. */
  readonly model: string | undefined
  /** `provider:model`; undefined is the offline model. */
  readonly embeddingModel: string | undefined
  /** How long one call of a provider may take. */
  readonly timeoutMs: number
  readonly openai: ProviderConfig
  readonly anthropic: ProviderConfig
  readonly google: ProviderConfig
  /** Ollama, vLLM and others that speak OpenAI's dialect. Used where `baseUrl` is set. */
  readonly openaiCompatible: ProviderConfig
}

export interface Config {
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly publicUrl: string | undefined
  /** Absent: the embedded database in `dataDir`. */
  readonly databaseUrl: string | undefined
  /** Absent: the queue lives in the database. */
  readonly redisUrl: string | undefined
  /**
   * `true`: every connection runs its sandbox, whatever it says; `false`: sandbox connections are refused; undefined:
   * each connection's own mode holds.
   */
  readonly mockConnectors: boolean | undefined
  /** Signs sessions and seals credentials. Absent: made once and kept in `dataDir`. */
  readonly secret: string | undefined
  readonly logLevel: string
  readonly rateLimitPerMinute: number
  /** How much the files of one organization's brands may come to. */
  readonly assetLimitBytes: number
  /** What of its own network people may name: for connections, webhooks and imports. */
  readonly allowedHosts: AllowedHosts
  /** By which people connect accounts with their consent at the provider. */
  readonly oauthApps: OAuthApps
  readonly llm: LlmConfig
}

const appOf = (
  clientId: string | undefined,
  clientSecret: string | undefined,
  signingSecret?: string,
): OAuthApp | undefined =>
  clientId === undefined || clientSecret === undefined ? undefined : { clientId, clientSecret, signingSecret }

/** Reads the configuration from an environment. Throws `base.config` naming each variable that is wrong. */
export function parseConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const env = parseOrThrow(Environment, environment, {
    code: 'base.config',
    what: 'The environment',
    hint: 'Correct the variable that is named, or unset it.',
  })
  const slack = appOf(env.SLACK_CLIENT_ID, env.SLACK_CLIENT_SECRET, env.SLACK_SIGNING_SECRET)
  const google = appOf(env.GOOGLE_CLIENT_ID, env.GOOGLE_CLIENT_SECRET)
  return {
    dataDir: env.NEONHUB_DATA_DIR,
    host: env.HOST,
    port: env.PORT,
    publicUrl: env.NEONHUB_PUBLIC_URL,
    databaseUrl: env.DATABASE_URL,
    redisUrl: env.REDIS_URL,
    mockConnectors: env.USE_MOCK_CONNECTORS,
    secret: env.NEONHUB_SECRET,
    logLevel: env.LOG_LEVEL,
    allowedHosts: parseAllowedHosts(env.NEONHUB_ALLOWED_PRIVATE_HOSTS),
    assetLimitBytes: env.NEONHUB_ASSETS_MIB * 1024 * 1024,
    rateLimitPerMinute: env.NEONHUB_RATE_LIMIT_PER_MINUTE,
    oauthApps: {
      ...(slack ? { slack } : {}),
      ...(google ? { google } : {}),
    },
    llm: {
      model: env.NEONHUB_MODEL,
      embeddingModel: env.NEONHUB_EMBEDDING_MODEL,
      timeoutMs: env.NEONHUB_MODEL_TIMEOUT_SECONDS * 1_000,
      openai: { apiKey: env.OPENAI_API_KEY, baseUrl: env.OPENAI_BASE_URL },
      anthropic: { apiKey: env.ANTHROPIC_API_KEY, baseUrl: env.ANTHROPIC_BASE_URL },
      google: { apiKey: env.GOOGLE_GENERATIVE_AI_API_KEY, baseUrl: env.GOOGLE_BASE_URL },
      openaiCompatible: { apiKey: env.OPENAI_COMPATIBLE_API_KEY, baseUrl: env.OPENAI_COMPATIBLE_BASE_URL },
    },
  }
}
