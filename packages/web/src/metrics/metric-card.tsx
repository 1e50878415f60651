import type { MetricSeries } from '@neonhub/contract'
import { Group, Paper, Table, Text, Title } from '@mantine/core'
import { TimeChart } from '../components/time-chart.tsx'
import { formatBucket } from '../format/bucket.ts'
import { formatCost } from '../format/cost.ts'
import { formatCount } from '../format/count.ts'

type Line = MetricSeries['series'][number]

interface MetricCardProps {
  readonly id: string
  readonly report: MetricSeries
  /** Of one metric, in one unit or currency. */
  readonly lines: readonly Line[]
}

/** A metric over time, with what it comes to. */
export function MetricCard({ id, report, lines }: MetricCardProps) {
  const [first] = lines
  const format = (value: number) => formatValue(value, first)
  const total = lines.reduce((sum, line) => sum + line.total, 0)
  const nameOf = (line: Line) => line.group?.label ?? id
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Group justify="space-between" mb="sm">
        <Title order={2}>{id}</Title>
        <Text fw={600}>{format(total)}</Text>
      </Group>
      <TimeChart
        label={`${id}: ${format(total)} in all, by ${report.by}`}
        buckets={report.buckets.map((bucket) => formatBucket(bucket, report))}
        lines={lines.map((line) => ({ label: nameOf(line), values: line.values }))}
        format={format}
      />
      {lines.some((line) => line.group !== undefined) && (
        <Table mt="md">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Of</Table.Th>
              <Table.Th ta="right">Total</Table.Th>
              <Table.Th ta="right">Facts</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {lines.map((line) => (
              <Table.Tr key={line.group?.key ?? ''}>
                <Table.Td style={{ overflowWrap: 'anywhere' }}>{nameOf(line)}</Table.Td>
                <Table.Td ta="right">{format(line.total)}</Table.Td>
                <Table.Td ta="right">{formatCount(line.count)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Paper>
  )
}

function formatValue(value: number, line: Line | undefined): string {
  if (line?.currency !== undefined) return formatCost(value, { currency: line.currency })
  return formatCount(value, { compact: Math.abs(value) >= 10_000 })
}
