import type { AgentDay } from '@neonhub/contract'
import { Group, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { agentMetricsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { TimeChart } from '../components/time-chart.tsx'
import { formatBucket } from '../format/bucket.ts'
import { formatCost } from '../format/cost.ts'
import { formatCount } from '../format/count.ts'
import { formatDuration } from '../format/time.ts'
import { daysBetween } from './days-between.ts'

const ends = ['succeeded', 'failed', 'cancelled'] as const
const sum = (days: readonly AgentDay[], of: (day: AgentDay) => number) =>
  days.reduce((total, day) => total + of(day), 0)

/** How an agent's runs ended day by day, and what they took. */
export function AgentMetrics({ agent }: { readonly agent: string }) {
  const { api } = useServices()
  const { data, error, refetch } = useQuery(agentMetricsQuery(api, agent))
  if (error) {
    return <ProblemNotice title="What it did could not be read" error={error} onRetry={() => void refetch()} />
  }
  if (!data) return <Skeleton height={220} aria-label="Loading what it did" />
  if (data.days.length === 0) return <Text size="sm">None of its runs has ended in that time.</Text>
  const days = daysBetween(data)
  const byDay = Map.groupBy(data.days, ({ day }) => day)
  const lines = ends.map((end) => ({
    label: end,
    values: days.map((day) => sum(byDay.get(day) ?? [], (one) => one[end])),
  }))
  const total = ends.map((end) => `${sum(data.days, (day) => day[end])} ${end}`).join(', ')
  return (
    <Stack gap="md">
      <Group gap="lg">
        <Text size="sm">{total}</Text>
        <Text size="sm">{formatCost(sum(data.days, (day) => day.costMicros))} for models</Text>
        <Text size="sm">{formatCount(sum(data.days, (day) => day.toolCalls))} tool calls</Text>
        <Text size="sm">{formatCount(sum(data.days, (day) => day.approvals))} asked for a yes</Text>
      </Group>
      <TimeChart
        label={`Runs by day: ${total}`}
        buckets={days.map((day) => formatBucket(`${day}T00:00:00Z`, { by: 'day', timeZone: 'UTC' }))}
        lines={lines}
        format={(value) => formatCount(value)}
      />
      <IntentTable days={data.days} />
    </Stack>
  )
}

function IntentTable({ days }: { readonly days: readonly AgentDay[] }) {
  const intents = [...Map.groupBy(days, ({ intent }) => intent)]
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {['Intent', 'Runs', 'Cost', 'Tokens', 'Slowest day’s 95 %'].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {intents.map(([intent, own]) => (
            <Table.Tr key={intent}>
              <Table.Td>{intent}</Table.Td>
              <Table.Td>{formatCount(sum(own, (day) => day.succeeded + day.failed + day.cancelled))}</Table.Td>
              <Table.Td>{formatCost(sum(own, (day) => day.costMicros))}</Table.Td>
              <Table.Td>
                {formatCount(
                  sum(own, (day) => day.inputTokens + day.outputTokens),
                  { compact: true },
                )}
              </Table.Td>
              <Table.Td>{formatDuration(Math.max(...own.map((day) => day.durationP95Ms ?? 0)))}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
