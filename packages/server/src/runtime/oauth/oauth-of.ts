import { NeonHubError } from '../../base/errors.ts'
import { type OAuthApp, type OAuthApps, oauthVariables } from '../../base/oauth-apps.ts'
import { connectors } from '../../connectors/index.ts'
import type { Connector, OAuthDescription } from '../../connectors/spec.ts'

/** A connector that people can connect by consent, with the installation's app at its provider. */
export interface OAuthConnector {
  readonly connector: Connector
  readonly oauth: OAuthDescription
  readonly app: OAuthApp
}

/**
 * Where people return to from a provider. It names the connector, so that what one provider answers is never handed to
 * the token endpoint of another (RFC 9700, 4.4.2).
 */
export const redirectUriOf = (publicUrl: string, connector: string) =>
  `${publicUrl.replace(/\/+$/, '')}/connections/callback/${connector}`

/** Throws `runtime.connector_unknown`, `runtime.oauth_unsupported`, `runtime.oauth_not_configured`. */
export function getOAuth(apps: OAuthApps, connectorId: string): OAuthConnector {
  const connector = connectors.get(connectorId)
  if (!connector) {
    throw new NeonHubError('runtime.connector_unknown', `There is no connector named ${connectorId}`, {
      kind: 'invalid',
      hint: `The connectors are ${[...connectors.keys()].join(', ')}.`,
    })
  }
  const { oauth, name } = connector
  if (!oauth) {
    throw new NeonHubError('runtime.oauth_unsupported', `${name} is not connected by consent at a provider`, {
      kind: 'invalid',
      hint: `Enter its credentials: neonhub connections add NAME --connector ${connectorId} --file FILE`,
    })
  }
  const app = apps[oauth.provider]
  if (app) return { connector, oauth, app }
  throw new NeonHubError(
    'runtime.oauth_not_configured',
    `This installation has no app of its own at the provider of ${name}`,
    {
      kind: 'conflict',
      hint: `The operator registers one there and sets ${oauthVariables[oauth.provider]}.`,
    },
  )
}

/** How a connector is connected by consent here, for the catalogue; undefined where it is not. */
export function describeConsent(
  { oauthApps, publicUrl }: { readonly oauthApps: OAuthApps; readonly publicUrl: string },
  connectorId: string,
) {
  const oauth = connectors.get(connectorId)?.oauth
  return (
    oauth && {
      isConfigured: oauthApps[oauth.provider] !== undefined,
      scopes: oauth.scopes,
      redirectUri: redirectUriOf(publicUrl, connectorId),
      variables: oauthVariables[oauth.provider],
    }
  )
}
