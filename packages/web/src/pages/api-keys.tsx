import type { ApiKey } from '@neonhub/contract'
import { Badge, Box, Button, Code, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { apiKeysQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { CreateKeyDialog } from '../api-keys/create-key-dialog.tsx'
import { RevokeKeyButton } from '../api-keys/revoke-key-button.tsx'
import { EmptyState } from '../components/empty-state.tsx'
import { Moment } from '../components/moment.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { KeyIcon } from '../icons.tsx'

export function ApiKeysPage() {
  const { api } = useServices()
  const query = useQuery(apiKeysQuery(api))
  const [creating, { open, close }] = useDisclosure()
  return (
    <Box maw={860}>
      <PageHeader
        title="API keys"
        description="For programs that start runs or read them. A key is shown once, when it is made."
        actions={<Button onClick={open}>New key</Button>}
      />
      <Stack>
        {query.error && (
          <ProblemNotice title="The keys could not be read" error={query.error} onRetry={() => void query.refetch()} />
        )}
        {query.isPending && <Skeleton height={120} radius="md" aria-label="Loading the keys" />}
        {query.data?.apiKeys.map((apiKey) => (
          <KeyCard key={apiKey.id} apiKey={apiKey} />
        ))}
        {query.data?.apiKeys.length === 0 && (
          <EmptyState icon={KeyIcon} title="No keys yet">
            Make one with the button above, and send it as <Code>Authorization: Bearer nh_…</Code>.
          </EmptyState>
        )}
      </Stack>
      <CreateKeyDialog opened={creating} onClose={close} />
    </Box>
  )
}

function KeyCard({ apiKey }: { readonly apiKey: ApiKey }) {
  const { name, prefix, scopes, createdAt, expiresAt, revokedAt, lastUsedAt } = apiKey
  return (
    <Paper withBorder radius="md" p="md" component="article">
      <Group justify="space-between" align="flex-start" gap="sm">
        <Box miw={0} flex="1 1 260px">
          <Group gap="xs">
            <Title order={2} size="h4" style={{ overflowWrap: 'anywhere' }}>
              {name}
            </Title>
            <Code>{prefix}…</Code>
          </Group>
          <Text size="sm" c="dimmed" mb="xs">
            made <Moment at={createdAt} /> ·{' '}
            {lastUsedAt === undefined ? (
              'never used'
            ) : (
              <>
                used <Moment at={lastUsedAt} />
              </>
            )}
            {expiresAt !== undefined && (
              <>
                {' '}
                · expires <Moment at={expiresAt} />
              </>
            )}
          </Text>
          <Group gap={6}>
            {scopes.map((scope) => (
              <Badge key={scope} variant="default" tt="none" fw={500}>
                {scope}
              </Badge>
            ))}
          </Group>
        </Box>
        {revokedAt === undefined ? (
          <RevokeKeyButton apiKey={apiKey} />
        ) : (
          <Text size="sm">
            revoked <Moment at={revokedAt} />
          </Text>
        )}
      </Group>
    </Paper>
  )
}
