import type { Run } from '@neonhub/contract'
import { Badge, Group, Paper } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Cost } from './cost.tsx'
import { Moment } from './moment.tsx'
import { RunDuration } from './run-duration.tsx'
import classes from './run-table.module.css'
import { Status } from './status.tsx'

/** Runs as a table; on a narrow screen each row becomes a card. */
export function RunTable({ runs }: { readonly runs: readonly Run[] }) {
  return (
    <Paper withBorder radius="md" style={{ overflow: 'hidden' }}>
      <table className={classes['table']}>
        <thead>
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Status</th>
            <th scope="col">Brand</th>
            <th scope="col">Started</th>
            <th scope="col" data-number>
              Duration
            </th>
            <th scope="col" data-number>
              Cost
            </th>
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <RunRow key={run.id} run={run} />
          ))}
        </tbody>
      </table>
    </Paper>
  )
}

const Mark = ({ text }: { readonly text: string }) => (
  <Badge variant="default" size="sm" tt="none" fw={500}>
    {text}
  </Badge>
)

function RunRow({ run }: { readonly run: Run }) {
  return (
    <tr className={classes['row']}>
      <td data-cell="name">
        <Link to="/runs/$runId" params={{ runId: run.id }} className={classes['link']}>
          <span className={classes['intent']}>{run.intent}</span>
          <span className={classes['agent']}>{run.agent}</span>
        </Link>
      </td>
      <td data-cell="status">
        <Group gap="xs">
          <Status status={run.status} reason={run.waitingFor} />
          {run.dryRun && <Mark text="dry run" />}
          {run.forkedFromRunId !== undefined && <Mark text="fork" />}
        </Group>
      </td>
      <td data-label="Brand">{run.brand ?? '–'}</td>
      <td data-label="Started">
        <Moment at={run.createdAt} />
      </td>
      <td data-label="Duration" data-number>
        <RunDuration run={run} />
      </td>
      <td data-label="Cost" data-number>
        <Cost costMicros={run.totalCostMicros} sandbox={run.sandbox} />
      </td>
    </tr>
  )
}
