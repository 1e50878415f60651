import type { z } from 'zod'
import type { ResolveHost } from '../base/address-guard.ts'
import type { Clock } from '../base/clock.ts'
import { type ErrorOptions, NeonHubError } from '../base/errors.ts'
import type { JsonObject } from '../base/json.ts'
import type { OAuthApp, OAuthProvider } from '../base/oauth-apps.ts'

/**
 * What a second call of the same action would do.
 * `read`: nothing, it has no effect. `idempotent`: nothing, the provider knows the key. `lookup`: a second effect, but
 * an earlier one can be found. `once`: a second effect that nobody can find.
 */
export type EffectClass = 'read' | 'idempotent' | 'lookup' | 'once'

/** By what kind of address an action reaches people. */
export type PeopleChannel = 'email' | 'sms' | 'whatsapp'

/** The sandbox's memory: rows of one organization and connector, kept in the database between calls. */
export interface SandboxStore {
  /** The rows of a collection, oldest first. */
  readonly list: (collection: string) => Promise<readonly JsonObject[]>
  readonly find: (collection: string, key: string) => Promise<JsonObject | undefined>
  /** Keeps `value` under `key` unless the key is taken; returns what stands there now. */
  readonly putOnce: (collection: string, key: string, value: JsonObject) => Promise<JsonObject>
}

/** What an action is handed with its input. Made by the ledger alone, after the execution's row is durable. */
export interface ConnectorCall<Settings = unknown, Credentials = unknown> {
  readonly settings: Settings
  readonly credentials: Credentials
  /** The same for every attempt of one tool execution, and for no other: a UUID. */
  readonly idempotencyKey: string
  /** Fires at the deadline, which is shorter than the lease, and when the run is cancelled. */
  readonly signal: AbortSignal
  /** Reaches no address inside the installation's own network that it does not allow. */
  readonly fetch: typeof fetch
  /** For other protocols: the addresses of a host that may be connected to; see `base/address-guard.ts`. */
  readonly resolveHost: ResolveHost
  readonly clock: Clock
}

export interface SandboxCall<Settings = unknown> extends Omit<
  ConnectorCall<Settings, never>,
  'credentials' | 'fetch' | 'resolveHost'
> {
  readonly store: SandboxStore
}

/** What a person sees before saying yes: a title, where it goes, and the bytes as text. */
export interface ActionPreview {
  readonly title: string
  readonly recipients: readonly string[]
  readonly body: string
}

/** An amount of money: micros (millionths) of a currency by its ISO 4217 code. */
export interface Money {
  readonly micros: number
  readonly currency: string
}

/** What a call comes to in money: said before it leaves, and read from the provider's answer afterwards. */
export interface MoneyUse<Input = unknown, Output = unknown, Settings = unknown> {
  /** The most that it can come to; undefined where that cannot be known before. */
  readonly most: (input: Input, settings: Settings) => Money | undefined
  /** What it came to, in the same currency; undefined where the answer does not tell, which counts as the most. */
  readonly real?: (output: Output) => Money | undefined
}

interface ActionCommon<Input extends z.ZodType, Output extends z.ZodType, Settings, Credentials> {
  readonly description: string
  readonly input: Input
  readonly output: Output
  /** Whom the effect reaches (addresses, channels, URLs): what policy, consent and suppression are asked about. */
  readonly recipients: (input: z.output<Input>, settings: Settings) => readonly string[]
  readonly preview: (input: z.output<Input>, settings: Settings) => ActionPreview
  /** Only of an action whose recipients are people: their consent is asked before it, and it stands in their timeline. */
  readonly toPeople?: {
    readonly channel: PeopleChannel
    /** Those among the recipients for whom the provider took the message. */
    readonly reached: (output: z.output<Output>) => readonly string[]
  }
  /**
   * Whether this output holds words of the service's own or of others, by which a run that reads it is marked. Absent where
   * it never does, and of no matter to an action that reads: what is read always does.
   */
  readonly answersInWords?: (output: z.output<Output>) => boolean
  /**
   * What the provider charges the organization for a call. `free` where it charges for none. Absent where only the
   * organization knows, which may set a price of the action for each connection; that comes before this.
   */
  readonly cost?: 'free' | MoneyUse<z.output<Input>, z.output<Output>, Settings>
  /**
   * Only of an action that lets an ad platform spend: how much more it may with this call than without it, such as a
   * campaign's daily budget times its days, or what a budget is raised by.
   */
  readonly adSpend?: MoneyUse<z.output<Input>, z.output<Output>, Settings>
  readonly run: (call: ConnectorCall<Settings, Credentials>, input: z.output<Input>) => Promise<z.input<Output>>
  /** The same action with no provider: deterministic, stateful, with the provider's own limits and errors. */
  readonly sandbox: (call: SandboxCall<Settings>, input: z.output<Input>) => Promise<z.input<Output>>
  /**
   * What a dry run goes on with in the place of an answer, recognizable as made up. It is handed nothing with which it
   * could reach anybody, and its ids fit the inputs of the connector's other actions.
   */
  readonly simulate: (input: z.output<Input>, settings: Settings) => z.input<Output>
}

/** `lookup` is the class that has a way to look; the types keep the two together. */
export type Action<
  Input extends z.ZodType = z.ZodType,
  Output extends z.ZodType = z.ZodType,
  Settings = unknown,
  Credentials = unknown,
> = ActionCommon<Input, Output, Settings, Credentials> &
  (
    | { readonly effect: 'read' | 'idempotent' | 'once' }
    | {
        readonly effect: 'lookup'
        /** The earlier effect with this call's idempotency key, or undefined where the provider has none. */
        readonly findEarlier: (
          call: ConnectorCall<Settings, Credentials>,
          input: z.output<Input>,
        ) => Promise<z.input<Output> | undefined>
        readonly findEarlierInSandbox: (
          call: SandboxCall<Settings>,
          input: z.output<Input>,
        ) => Promise<z.input<Output> | undefined>
      }
  )

/** A request as an outside service sent it. */
export interface InboundRequest {
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The bytes that are signed, as they came. */
  readonly body: Uint8Array
}

/** What a signature says: it is the sender's, it is not, or it is and too old to count (a replay). */
export type SignatureVerdict = 'genuine' | 'forged' | 'stale'

/** What a genuine request says. */
export type InboundMessage =
  | {
      readonly kind: 'event'
      /** The provider's own id: the same each time that it repeats the event. */
      readonly id: string
      readonly type: string
      /** When it happened at the provider. */
      readonly occurredAt: Date
      readonly data: JsonObject
    }
  /** The provider asks whether this address is ours, and wants this answer. */
  | { readonly kind: 'challenge'; readonly answer: JsonObject }
  /** Nothing that anybody could act on. */
  | { readonly kind: 'ignored' }

/** How an outside service tells of what happens there. */
export interface Trigger<Credentials = unknown> {
  readonly description: string
  /** Checks the signature. Which bytes a request holds counts for nothing until this has said `genuine`. */
  readonly verify: (
    request: InboundRequest,
    context: { readonly credentials: Credentials; readonly now: Date },
  ) => SignatureVerdict
  /** Reads a genuine request. Throws `connectors.inbound_unreadable`. */
  readonly parse: (request: InboundRequest) => InboundMessage
}

/** What a provider granted, as its token endpoint answered (RFC 6749, 5.1). */
export interface OAuthGrant {
  readonly accessToken: string
  /** Absent where the provider gave no new one: the one before stays good. */
  readonly refreshToken?: string | undefined
  /** Absent: for good, or until somebody takes it back. */
  readonly expiresInSeconds?: number | undefined
  /** Absent: all that was asked for. */
  readonly scopes?: readonly string[] | undefined
  /** Whose account it is, as the provider calls it. Absent in most refreshes. */
  readonly account?: string | undefined
}

/** What a token endpoint says. `isOver`: the consent itself is gone, so that asking again is of no use (`invalid_grant`). */
export type TokenAnswer =
  | { readonly kind: 'granted'; readonly grant: OAuthGrant }
  | { readonly kind: 'refused'; readonly error: string; readonly isOver: boolean }

/** How a person's consent at a provider connects an account: the authorization code grant with PKCE (RFC 6749, 7636). */
export interface OAuthDescription<Credentials = unknown> {
  /** Whose client id and secret are used. */
  readonly provider: OAuthProvider
  readonly authorizeUrl: string
  readonly tokenUrl: string
  /** How the provider calls itself in the `iss` of its answers (RFC 9207); absent where it says nothing there. */
  readonly issuer?: string
  readonly scopes: readonly string[]
  /** Those among them without which the connection is of no use, as the provider spells them in its answer. */
  readonly requiredScopes: readonly string[]
  /** By what the scopes are joined in the request. RFC 6749 has spaces. */
  readonly scopeSeparator: ' ' | ','
  /** What else the request for consent says. */
  readonly parameters?: Readonly<Record<string, string>>
  /** Reads an answer of the token endpoint; undefined where it is none. */
  readonly readAnswer: (answer: unknown) => TokenAnswer | undefined
  /** The credentials that a grant makes. In a refresh they are laid over what there is. */
  readonly toCredentials: (grant: OAuthGrant, app: OAuthApp) => Partial<Credentials>
  /** Credentials by name that have nothing to do with the consent, and outlive a new one. */
  readonly keeps: readonly string[]
  /** What a connection to this account is set to; `settings` are those that it has, or that were given. */
  readonly toSettings: (
    account: string | undefined,
    settings: Readonly<Record<string, unknown>>,
  ) => Readonly<Record<string, unknown>>
}

/** One outside service: what an agent can do there and how an organization authorises it. */
export interface Connector<Settings extends z.ZodType = z.ZodType, Credentials extends z.ZodType = z.ZodType> {
  readonly id: string
  readonly name: string
  readonly description: string
  /** What of a connection is no secret: host, port, sender, workspace. */
  readonly settings: Settings
  /** What a sandbox connection's own settings are laid over, so that one with none at all works. */
  readonly sandboxSettings: JsonObject
  /** What is sealed. */
  readonly credentials: Credentials
  /** Where a person can connect it by their consent at the provider, in the place of entering credentials. */
  readonly oauth?: OAuthDescription<z.output<Credentials>>
  readonly actions: Readonly<Record<string, Action>>
  readonly triggers?: Readonly<Record<string, Trigger>>
  /** Asks the provider whether the connection works; throws a `ConnectorError` that says why not. */
  readonly check: (call: ConnectorCall<z.output<Settings>, z.output<Credentials>>) => Promise<void>
}

/**
 * A call that failed. `effect` says what the outside world saw of it: `none` is certain (refused, never sent), and the
 * execution fails; `unknown` (a cut connection, a deadline) leaves a `lookup` or `once` execution open.
 */
export class ConnectorError extends NeonHubError {
  readonly effect: 'none' | 'unknown'

  constructor(code: string, message: string, options: ErrorOptions & { readonly effect: 'none' | 'unknown' }) {
    super(code, message, options)
    this.name = 'ConnectorError'
    this.effect = options.effect
  }
}
