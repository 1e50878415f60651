import type { EvalDetail } from '@neonhub/contract'
import { Paper, Table } from '@mantine/core'
import { formatScore } from './format-score.ts'

/** What each evaluator says of all answers. */
export function EvalScores({ detail: { scores, meanScore, passRate } }: { readonly detail: EvalDetail }) {
  return (
    <Paper withBorder radius="md">
      <Table.ScrollContainer minWidth={480}>
        <Table aria-label="Scores">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Evaluator</Table.Th>
              <Table.Th>Mean</Table.Th>
              <Table.Th>Pass rate</Table.Th>
              <Table.Th>Answers</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {scores.map((score) => (
              <Table.Tr key={score.name}>
                <Table.Td>{score.name}</Table.Td>
                <Table.Td>{formatScore(score.meanScore)}</Table.Td>
                <Table.Td>{formatScore(score.passRate)}</Table.Td>
                <Table.Td>{score.scored}</Table.Td>
                <Table.Td>{noteOf(score)}</Table.Td>
              </Table.Tr>
            ))}
            <Table.Tr fw={600}>
              <Table.Td>together</Table.Td>
              <Table.Td>{formatScore(meanScore)}</Table.Td>
              <Table.Td>{formatScore(passRate)}</Table.Td>
              <Table.Td />
              <Table.Td />
            </Table.Tr>
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function noteOf({ errors, awaiting, isMet }: EvalDetail['scores'][number]): string {
  return [
    ...(errors > 0 ? [`${errors} not scored`] : []),
    ...(awaiting > 0 ? [`${awaiting} awaiting marks`] : []),
    ...(isMet === undefined ? [] : [isMet ? 'threshold met' : 'threshold missed']),
  ].join(', ')
}
