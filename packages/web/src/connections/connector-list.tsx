import { type ConnectorCatalogueEntry, routes } from '@neonhub/contract'
import { Accordion, Badge, Button, Code, Group, Skeleton, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { connectorsQuery } from '../api/queries.ts'
import { useSearch } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'
import { JsonView } from '../components/json-view.tsx'
import { Moment } from '../components/moment.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { ConnectAccount } from './connect-account.tsx'

/** What can be connected here, each with what it does and takes. */
export function ConnectorList() {
  const { api } = useServices()
  const query = useQuery(connectorsQuery(api))
  const { connect } = useSearch({ from: '/app/connections' })
  if (query.error) {
    return (
      <ProblemNotice
        title="What can be connected could not be read"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    )
  }
  return (
    <Stack component="section" gap="sm" mt="md">
      <Title order={2}>What can be connected</Title>
      {query.isPending && <Skeleton height={160} radius="md" aria-label="Loading what can be connected" />}
      <Accordion
        variant="contained"
        chevronPosition="left"
        multiple
        defaultValue={connect === undefined ? [] : [connect]}
      >
        {query.data?.connectors.map((connector) => (
          <Accordion.Item key={connector.id} value={connector.id}>
            <Accordion.Control>
              <ConnectorHead connector={connector} />
            </Accordion.Control>
            <Accordion.Panel>
              <ConnectorBody connector={connector} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Stack>
  )
}

function ConnectorHead({ connector }: { readonly connector: ConnectorCatalogueEntry }) {
  const { name, description, goneAt, connections } = connector
  return (
    <Group gap="xs" justify="space-between">
      <div>
        <Text fw={600}>{name}</Text>
        <Text size="sm" c="dimmed">
          {description}
        </Text>
      </div>
      <Group gap="xs">
        {goneAt !== undefined && <Badge color="red">gone</Badge>}
        {connections.map((connection) => (
          <Badge key={connection.id} variant="default" tt="none" fw={500}>
            {connection.name}
          </Badge>
        ))}
      </Group>
    </Group>
  )
}

const authWords = {
  none: 'It takes no credentials.',
  optional: 'Credentials may be given.',
  required: 'Credentials are needed for a real account.',
} as const

function ConnectorBody({ connector }: { readonly connector: ConnectorCatalogueEntry }) {
  const { id, auth, actions, triggers, settings, credentials, goneAt } = connector
  return (
    <Stack gap="sm">
      {goneAt !== undefined && (
        <Notice tone="bad" icon={WarningIcon} title="This server has it no longer">
          <Text size="sm">
            Gone since <Moment at={goneAt} />. What was connected by it can be called no more.
          </Text>
        </Notice>
      )}
      <Stack gap={4} component="ul" m={0} pl="md">
        {actions.map((action) => (
          <Text key={action.tool} component="li" size="sm">
            <Code>{action.tool}</Code> {action.description}{' '}
            <Text span c="dimmed">
              {effectWords[action.effect]}
            </Text>
          </Text>
        ))}
        {triggers.map((trigger) => (
          <Text key={trigger.name} component="li" size="sm">
            <Code>{trigger.name}</Code> {trigger.description}{' '}
            <Text span c="dimmed">
              starts runs
            </Text>
          </Text>
        ))}
      </Stack>
      <Text size="sm">
        {authWords[auth]} <Code>{`npx neonhub connections add NAME --connector ${id} --file ${id}.yaml`}</Code>
      </Text>
      <ConnectAccount connector={connector} />
      {goneAt === undefined && <SandboxButton connector={connector} />}
      <JsonView label="Settings" value={settings} />
      {auth !== 'none' && <JsonView label="Credentials" value={credentials} />}
    </Stack>
  )
}

/** What a second call would do. */
const effectWords = {
  read: 'reads only',
  idempotent: 'safe to repeat',
  lookup: 'can be looked up',
  once: 'once',
} as const

function SandboxButton({ connector: { id, name, connections } }: { readonly connector: ConnectorCatalogueEntry }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const connect = useMutation({
    mutationFn: () => api.call(routes.createConnection, { body: { connector: id, mode: 'sandbox' } }),
    onSuccess: (connection) => {
      notifyDone(`${connection.name} is connected in the sandbox.`)
      return queryClient.invalidateQueries({ queryKey: ['connections'] })
    },
    onError: notifyFailure(`${name} could not be connected`),
  })
  if (!may('connections:write') || connections.length > 0) return null
  return (
    <Group>
      <Button size="xs" variant="default" loading={connect.isPending} onClick={() => connect.mutate()}>
        Try it in the sandbox<VisuallyHidden>: {name}</VisuallyHidden>
      </Button>
    </Group>
  )
}
