import type { Connection, ConnectorCatalogueEntry } from '@neonhub/contract'
import { Button, Text, VisuallyHidden } from '@mantine/core'
import { Moment } from '../components/moment.tsx'
import { useConsent } from './use-consent.ts'

/** Asks for a new consent for a connection that is there. */
export function ConnectAgainButton({
  connection: { id, name, authorization, status },
  connector,
}: {
  readonly connection: Connection
  readonly connector: ConnectorCatalogueEntry
}) {
  const consent = useConsent(connector)
  return (
    <Button
      size="xs"
      variant={authorization && status === 'failing' ? 'filled' : 'default'}
      loading={consent.isPending || consent.isSuccess}
      onClick={() => consent.mutate({ name, connectionId: id })}
    >
      {authorization ? 'Connect again' : 'Connect'}
      <VisuallyHidden> {name}</VisuallyHidden>
    </Button>
  )
}

/** Whose account a connection is, and how long its access lasts. */
export function AuthorizationLine({
  authorization,
}: {
  readonly authorization: NonNullable<Connection['authorization']>
}) {
  const { account, authorizedAt, accessExpiresAt, refreshes, scopes } = authorization
  return (
    <Text size="sm" title={scopes.join(' ')}>
      {account === undefined ? 'Connected' : `Connected as ${account}`} <Moment at={authorizedAt} />
      {accessExpiresAt !== undefined && !refreshes && (
        <>
          {' '}
          · its access ends <Moment at={accessExpiresAt} /> and cannot be refreshed
        </>
      )}
      {refreshes && ' · its access is refreshed by itself'}
    </Text>
  )
}
