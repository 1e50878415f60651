import type { Eval } from '@neonhub/contract'
import { Anchor, Paper, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Cost } from '../components/cost.tsx'
import { Moment } from '../components/moment.tsx'
import { Status } from '../components/status.tsx'
import { formatScore } from './format-score.ts'

/** What was measured of a data set, newest first. */
export function EvalHistory({ evals }: { readonly evals: readonly Eval[] }) {
  return (
    <Paper withBorder radius="md">
      <Table.ScrollContainer minWidth={640}>
        <Table verticalSpacing="sm" aria-label="History">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Eval</Table.Th>
              <Table.Th>Outcome</Table.Th>
              <Table.Th>Score</Table.Th>
              <Table.Th>Pass rate</Table.Th>
              <Table.Th>Prompts</Table.Th>
              <Table.Th>Model</Table.Th>
              <Table.Th>Cost</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {evals.map((one) => (
              <EvalRow key={one.id} one={one} />
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function EvalRow({ one }: { readonly one: Eval }) {
  const { id, note, createdAt, meanScore, passRate, model, models, isSandbox, costMicros, judgeCostMicros } = one
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor size="sm" renderRoot={(props) => <Link to="/evals/$evalId" params={{ evalId: id }} {...props} />}>
          {note === '' ? 'Eval' : note}
        </Anchor>
        <Text size="xs" c="dimmed" component="div">
          <Moment at={createdAt} />
        </Text>
      </Table.Td>
      <Table.Td>
        <EvalStatusSign one={one} />
      </Table.Td>
      <Table.Td>{formatScore(meanScore)}</Table.Td>
      <Table.Td>{formatScore(passRate)}</Table.Td>
      <Table.Td>{promptsOf(one)}</Table.Td>
      <Table.Td>{isSandbox ? 'sandbox' : (model ?? models.join(', '))}</Table.Td>
      <Table.Td>
        <Cost costMicros={costMicros + judgeCostMicros} sandbox={isSandbox} />
      </Table.Td>
    </Table.Tr>
  )
}

/** How an eval ended, or where it stands. */
export function EvalStatusSign({ one: { outcome, status, waitingFor } }: { readonly one: Eval }) {
  if (outcome !== undefined) return <Status status={outcome === 'passed' ? 'passed' : 'failed'} />
  return waitingFor === undefined ? <Status status={status} /> : <Status status="waiting" reason="budget" />
}

function promptsOf({ prompts }: Eval): string {
  const own = prompts.filter(({ version, isCandidate }) => version > 0 || isCandidate)
  if (own.length === 0) return 'the code’s'
  return own.map(({ key, version, isCandidate }) => `${key} ${version}${isCandidate ? ', tried' : ''}`).join('; ')
}
