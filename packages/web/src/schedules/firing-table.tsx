import type { ScheduleFiring } from '@neonhub/contract'
import { Anchor, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { scheduleFiringsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { Status } from '../components/status.tsx'

const causes = { due: 'Due', manual: 'By hand', backfill: 'Backfill' } as const

/** The newest times of a schedule, each with its run or with why there is none. */
export function FiringTable({ scheduleId }: { readonly scheduleId: string }) {
  const { api } = useServices()
  const { data } = useQuery(scheduleFiringsQuery(api, scheduleId))
  if (!data) return null
  if (data.firings.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        It has not been due yet.
      </Text>
    )
  }
  return (
    <Table.ScrollContainer minWidth={480}>
      <Table aria-label="Newest times">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Time</Table.Th>
            <Table.Th>Cause</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Run, or why none</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.firings.map((firing) => (
            <Table.Tr key={firing.id}>
              <Table.Td>
                <Moment at={firing.dueAt} />
              </Table.Td>
              <Table.Td>{causes[firing.cause]}</Table.Td>
              <Table.Td>
                <Status status={firing.status} />
              </Table.Td>
              <Table.Td>
                <Outcome firing={firing} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}

function Outcome({ firing: { status, runId, error, moreMissed } }: { readonly firing: ScheduleFiring }) {
  if (runId !== undefined) {
    return (
      <Anchor renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}>
        …{runId.slice(-6)}
      </Anchor>
    )
  }
  if (error) return <Text size="sm">{error.message}</Text>
  if (status === 'overlap') return <Text size="sm">A run before it was under way</Text>
  if (moreMissed !== undefined) return <Text size="sm">And {moreMissed} more after it</Text>
  return null
}
