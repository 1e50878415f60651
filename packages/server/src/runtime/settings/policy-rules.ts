/** A day by its number of ISO 8601: 1 is Monday. */
export type Weekday = 1 | 2 | 3 | 4 | 5 | 6 | 7

/** Hours of the days of a week in which effects may leave. */
export interface SendWindow {
  /** IANA name; the hours are those of its clocks, also over a change of the time. */
  readonly timeZone: string
  readonly hours: readonly {
    readonly days: readonly Weekday[]
    /** `HH:MM`; `to` is later, and 24:00 is the day's end. */
    readonly from: string
    readonly to: string
  }[]
}

/** How many recipients the calls of a tool, or of all tools of a channel, may reach in any hour and in any 24 hours. */
export interface SendCap {
  readonly tool?: string | undefined
  readonly channel?: string | undefined
  readonly perHour?: number | undefined
  readonly perDay?: number | undefined
}

/** A standing yes of a person to calls of a tool. */
export interface ApprovalExemption {
  readonly tool: string
  /** Only where each recipient is one of these; everybody where absent. */
  readonly recipients?: readonly string[] | undefined
  /** Also in runs that text from outside has reached; `recipients` are named then. */
  readonly whenTainted?: boolean | undefined
}

/** What an organization lays over the policy of an agent's code. It narrows: what the code forbids stays forbidden. */
export interface PolicyRules {
  /** The tools that are left of the code's; all where absent. */
  readonly tools?: readonly string[] | undefined
  /** Whom a tool may reach, as `matchesRecipient` reads it; whomever the code does where a tool has no entry. */
  readonly recipients?: readonly { readonly tool: string; readonly allow: readonly string[] }[] | undefined
  readonly sendWindow?: SendWindow | undefined
  readonly caps?: readonly SendCap[] | undefined
  readonly approvals?:
    | {
        /** Tools that need a yes although the code asks for none. */
        readonly require?: readonly string[] | undefined
        readonly exempt?: readonly ApprovalExemption[] | undefined
        /** Tools that always need a yes, from another person than the one who asked for the run. */
        readonly fourEyes?: readonly string[] | undefined
      }
    | undefined
}

/** A version of an organization's policy for an agent. */
export interface PolicyVersion {
  readonly version: number
  readonly rules: PolicyRules
  readonly note: string
  /** `user:ID`, `api_key:ID` or `cli`. */
  readonly actor: string
  readonly createdAt: Date
}
