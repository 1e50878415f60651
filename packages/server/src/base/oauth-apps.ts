/** Providers at which an installation may have an app of its own. */
export const oauthProviders = ['google', 'slack'] as const
export type OAuthProvider = (typeof oauthProviders)[number]

/** The installation's registration at a provider, by which people connect accounts (RFC 6749, section 2). */
export interface OAuthApp {
  readonly clientId: string
  readonly clientSecret: string
  /** What the provider signs its events with, where the app has such a secret. */
  readonly signingSecret: string | undefined
}

/** The apps of an installation; a provider without one cannot be connected by consent. */
export type OAuthApps = Readonly<Partial<Record<OAuthProvider, OAuthApp>>>

/** Which variables of the environment name a provider's app: what to tell an operator who has set none. */
export const oauthVariables: Readonly<Record<OAuthProvider, string>> = {
  google: 'GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET',
  slack: 'SLACK_CLIENT_ID and SLACK_CLIENT_SECRET',
}
