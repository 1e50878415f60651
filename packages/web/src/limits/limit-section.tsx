import type { Limit } from '@neonhub/contract'
import { Code, Group, Paper, Progress, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { limitsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'

/** How much may go on at once, and how much does. */
export function LimitSection() {
  const { api } = useServices()
  const { data, error, isPending, refetch } = useQuery(limitsQuery(api))
  return (
    <Stack component="section" mt="xl" aria-labelledby="limits">
      <div>
        <Title order={2} id="limits">
          Limits
        </Title>
        <Text size="sm" c="dimmed">
          How much may go on at once. What is beyond waits for its turn, and does not fail.
        </Text>
      </div>
      {error && <ProblemNotice title="The limits could not be read" error={error} onRetry={() => void refetch()} />}
      {isPending && <Skeleton height={80} radius="md" aria-label="Loading the limits" />}
      {data?.limits.map((limit) => (
        <LimitCard key={limit.id} limit={limit} />
      ))}
      {data?.limits.length === 0 && (
        <Text size="sm">
          As much goes on at once as the workers do. Set a limit with{' '}
          <Code>npx neonhub limits set --agent ContentAgent --at-once 2</Code>.
        </Text>
      )}
    </Stack>
  )
}

const subjects = {
  organization: () => 'All runs',
  brand: ({ brand }: Limit) => `Runs of the brand ${brand ?? ''}`,
  agent: ({ agent }: Limit) => `Runs of ${agent ?? ''}`,
  connection: ({ connection }: Limit) => `Calls of the connection ${connection ?? ''}`,
}

function LimitCard({ limit }: { readonly limit: Limit }) {
  const { atOnce, perMinute, used } = limit
  const most = perMinute ?? atOnce ?? 0
  const state =
    perMinute === undefined
      ? `${used.toLocaleString()} of ${most.toLocaleString()} go on`
      : `${used.toLocaleString()} of ${most.toLocaleString()} began within the last minute`
  return (
    <Paper withBorder radius="md" p="md" component="article">
      <Group gap="xs" justify="space-between" mb={6}>
        <Text size="sm" fw={500}>
          {subjects[limit.scope](limit)}
        </Text>
        <Text size="sm">
          {state}
          {perMinute !== undefined && atOnce !== undefined ? `, ${atOnce.toLocaleString()} at once at most` : ''}
        </Text>
      </Group>
      <Progress
        value={Math.min(100, (used / most) * 100)}
        color={used >= most ? 'red.8' : 'blue.7'}
        aria-label={state}
      />
    </Paper>
  )
}
