import { MetricBucket, MetricGrouping, type MetricSeries } from '@neonhub/contract'
import { Code, Group, NativeSelect, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { metricsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { MetricIcon } from '../icons.tsx'
import { MetricCard } from '../metrics/metric-card.tsx'

const spans = [
  { value: '7', label: 'Last 7 days' },
  { value: '30', label: 'Last 30 days' },
  { value: '90', label: 'Last 90 days' },
  { value: '365', label: 'Last year' },
]
const noGroup = { value: '', label: 'Not grouped' }
const groupings = [noGroup, ...MetricGrouping.options.map((value) => ({ value, label: `By ${value}` }))]

export function MetricsPage() {
  const { api } = useServices()
  const [by, setBy] = useState<MetricBucket>('day')
  const [days, setDays] = useState(30)
  const [groupBy, setGroupBy] = useState<MetricGrouping | undefined>()
  const query = useQuery(metricsQuery(api, { by, days, groupBy }))
  return (
    <>
      <PageHeader
        title="Metrics"
        description="What was measured outside: clicks, opens, revenue, as services and people told it."
      />
      <Stack maw={860}>
        <Group gap="sm">
          <NativeSelect
            aria-label="How long"
            data={spans}
            value={String(days)}
            onChange={(event) => {
              const chosen = Number(event.currentTarget.value)
              setDays(chosen)
              if (chosen > 30 && by === 'hour') setBy('day')
            }}
          />
          <NativeSelect
            aria-label="Added up by"
            // An hour of a year is more than a chart can show.
            data={MetricBucket.options
              .filter((value) => days <= 30 || value !== 'hour')
              .map((value) => ({ value, label: `By ${value}` }))}
            value={by}
            onChange={(event) => setBy(MetricBucket.parse(event.currentTarget.value))}
          />
          <NativeSelect
            aria-label="Grouped by"
            data={groupings}
            value={groupBy ?? ''}
            onChange={(event) => setGroupBy(MetricGrouping.safeParse(event.currentTarget.value).data)}
          />
        </Group>
        {query.error && (
          <ProblemNotice
            title="The metrics could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={280} radius="md" aria-label="Loading the metrics" />}
        {query.data && cardsOf(query.data).map((lines) => <MetricCard key={lines.id} report={query.data} {...lines} />)}
        {query.data?.series.length === 0 && (
          <EmptyState icon={MetricIcon} title="Nothing was measured in that time">
            Take facts in with <Code>npx neonhub metrics record FILE --brand SLUG</Code>, or send them to{' '}
            <Code>POST /v1/metrics</Code>.
          </EmptyState>
        )}
      </Stack>
    </>
  )
}

/** What has one axis stands in one card: the groups of a metric in one unit or currency. */
function cardsOf({ series }: MetricSeries) {
  const cards = Map.groupBy(series, ({ metric, unit, currency }) => [metric, unit ?? currency ?? ''].join(' ').trim())
  return [...cards].map(([id, lines]) => ({ id, lines }))
}
