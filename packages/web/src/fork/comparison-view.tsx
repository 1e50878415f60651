import type { ComparedPiece, ComparedRun, ComparedSide, JsonChange } from '@neonhub/contract'
import { Badge, Group, Paper, Skeleton, Stack, Table, Text } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Fragment, type ReactNode } from 'react'
import { runComparisonQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Cost } from '../components/cost.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { RunDuration } from '../components/run-duration.tsx'
import { Status } from '../components/status.tsx'
import { formatCost } from '../format/cost.ts'
import { formatCount } from '../format/count.ts'
import { formatDuration, formatMoment } from '../format/time.ts'
import classes from './comparison-view.module.css'
import { TextDiff } from './text-diff.tsx'

/** A fork beside the run that it was made of. */
export function ComparisonView({ runId }: { readonly runId: string }) {
  const { api } = useServices()
  const { data, error, refetch } = useQuery(runComparisonQuery(api, runId))
  if (error)
    return <ProblemNotice title="The runs could not be compared" error={error} onRetry={() => void refetch()} />
  if (!data) return <Skeleton height={240} radius="md" aria-label="Comparing the runs" />
  const { original, fork, inputChanges, outputChanges, pieces } = data
  const wording = pieces.filter((piece) => (piece.outputChanges ?? []).length > 0)
  return (
    <Stack gap="lg">
      <Facts original={original} fork={fork} />
      {original.output !== undefined && fork.output !== undefined ? (
        <Changes title="Output" changes={outputChanges} />
      ) : (
        <Text size="sm">The outputs can be compared once both runs have one.</Text>
      )}
      {inputChanges.length > 0 && <Changes title="Input" changes={inputChanges} />}
      {wording.map((piece) => (
        <Changes
          key={`${piece.kind} ${piece.path.join(' ')}`}
          title={piece.path.join(' › ')}
          changes={piece.outputChanges ?? []}
        />
      ))}
      <Pieces pieces={pieces} />
    </Stack>
  )
}

const facts: readonly (readonly [string, (run: ComparedRun) => ReactNode])[] = [
  ['Status', (run) => <Status status={run.status} reason={run.waitingFor} />],
  ['Effects', ({ dryRun }) => (dryRun ? 'simulated' : 'real')],
  ['Model', ({ overrides }) => overrides?.model ?? 'as configured'],
  ['Duration', (run) => <RunDuration run={run} />],
  ['Cost', (run) => <Cost costMicros={run.totalCostMicros} sandbox={run.sandbox} />],
  ['Tokens', (run) => formatCount(run.totalInputTokens + run.totalOutputTokens)],
]

function Facts({ original, fork }: { readonly original: ComparedRun; readonly fork: ComparedRun }) {
  return (
    <Paper withBorder radius="md" className={classes['scroll']}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Td />
            <Table.Th scope="col">Original</Table.Th>
            <Table.Th scope="col">This run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {facts.map(([name, show]) => (
            <Table.Tr key={name}>
              <Table.Th scope="row">{name}</Table.Th>
              <Table.Td>{show(original)}</Table.Td>
              <Table.Td>{show(fork)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  )
}

/** Each place that differs, both sides beside each other with what is its own marked. */
function Changes({ title, changes }: { readonly title: string; readonly changes: readonly JsonChange[] }) {
  return (
    <section aria-label={title}>
      <Text size="sm" fw={600} mb={4}>
        {title}
      </Text>
      {changes.length === 0 && <Text size="sm">The same.</Text>}
      <div className={classes['changes']}>
        {changes.map((change) => (
          <Fragment key={change.path}>
            <Text size="xs" c="dimmed" className={classes['path']}>
              {change.path === '' ? 'all of it' : change.path.slice(1)}
            </Text>
            <ChangedSide change={change} side="original" />
            <ChangedSide change={change} side="fork" />
          </Fragment>
        ))}
      </div>
    </section>
  )
}

function ChangedSide({ change, side }: { readonly change: JsonChange; readonly side: 'original' | 'fork' }) {
  if (change.kind === (side === 'original' ? 'added' : 'removed')) {
    return (
      <Text size="sm" c="dimmed">
        not there
      </Text>
    )
  }
  return <TextDiff original={textOf(change.original)} fork={textOf(change.fork)} side={side} />
}

const textOf = (value: unknown) =>
  value === undefined ? '' : typeof value === 'string' ? value : JSON.stringify(value, null, 2)

function Pieces({ pieces }: { readonly pieces: readonly ComparedPiece[] }) {
  return (
    <Paper withBorder radius="md" className={classes['scroll']}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">Step</Table.Th>
            <Table.Th scope="col">Original</Table.Th>
            <Table.Th scope="col">This run</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {pieces.map(({ path, kind, tool, original, fork }) => (
            <Table.Tr key={`${kind} ${path.join(' › ')}`}>
              <Table.Th scope="row" fw={400} style={{ paddingInlineStart: `${12 + (path.length - 1) * 16}px` }}>
                {path.at(-1)}
                {tool !== undefined && (
                  <Text span size="xs" c="dimmed">
                    {' '}
                    {tool}
                  </Text>
                )}
              </Table.Th>
              <Table.Td>
                <Side side={original} />
              </Table.Td>
              <Table.Td>
                <Side side={fork} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  )
}

function Side({ side }: { readonly side: ComparedSide | undefined }) {
  if (!side) return <>–</>
  const { status, copied, durationMs, costMicros, simulation } = side
  return (
    <Group gap="xs">
      {copied && (
        <Badge variant="default" size="sm" tt="none" fw={500}>
          copied
        </Badge>
      )}
      {(!copied || status !== 'succeeded') && <Status status={status} />}
      {!copied && durationMs !== undefined && (
        <Text span size="xs" c="dimmed">
          {formatDuration(durationMs)}
        </Text>
      )}
      {costMicros > 0 && (
        <Text span size="xs" c="dimmed">
          {formatCost(costMicros)}
        </Text>
      )}
      {simulation?.asksApproval && (
        <Text span size="xs">
          would ask for a yes
        </Text>
      )}
      {simulation?.budget !== undefined && (
        <Text span size="xs" title={simulation.budget}>
          no room in a budget
        </Text>
      )}
      {simulation?.heldUntil !== undefined && (
        <Text span size="xs">
          would wait until {formatMoment(simulation.heldUntil)}
        </Text>
      )}
    </Group>
  )
}
