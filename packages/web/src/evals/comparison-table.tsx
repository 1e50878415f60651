import type { ComparedEvaluator, EvalDetail } from '@neonhub/contract'
import { Anchor, Paper, Stack, Table, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '../components/moment.tsx'
import { formatDelta, formatScore } from './format-score.ts'

/** An eval beside the one before it, with what was not compared. */
export function ComparisonTable({ comparison }: { readonly comparison: NonNullable<EvalDetail['comparison']> }) {
  const { against, evaluators, sameCases, changedCases, addedCases, removedCases } = comparison
  return (
    <Paper withBorder radius="md">
      <Stack gap={2} p="md" pb={0}>
        <Text size="sm" component="div">
          Compared with{' '}
          <Anchor
            size="sm"
            renderRoot={(props) => <Link to="/evals/$evalId" params={{ evalId: against.id }} {...props} />}
          >
            {against.note === '' ? 'the eval before' : against.note}
          </Anchor>{' '}
          <Moment at={against.createdAt} />, by the {sameCases} cases that both asked in the same version.
        </Text>
        <Named what="Changed, and not compared" names={changedCases} />
        <Named what="New" names={addedCases} />
        <Named what="No longer asked" names={removedCases} />
      </Stack>
      <Table.ScrollContainer minWidth={640}>
        <Table aria-label="Comparison">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Evaluator</Table.Th>
              <Table.Th>Before</Table.Th>
              <Table.Th>Now</Table.Th>
              <Table.Th>Delta (95 % interval)</Table.Th>
              <Table.Th>Better / worse / same</Table.Th>
              <Table.Th />
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {evaluators.map((one) => (
              <Table.Tr key={one.name}>
                <Table.Td>{one.name}</Table.Td>
                <Table.Td>{formatScore(one.before)}</Table.Td>
                <Table.Td>{formatScore(one.after)}</Table.Td>
                <Table.Td>{deltaOf(one)}</Table.Td>
                <Table.Td>{one.notCompared === undefined ? `${one.better} / ${one.worse} / ${one.same}` : ''}</Table.Td>
                <Table.Td>{verdictOf(one)}</Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}

function Named({ what, names }: { readonly what: string; readonly names: readonly string[] }) {
  if (names.length === 0) return null
  return (
    <Text size="sm" c="dimmed">
      {what}: {names.join(', ')}
    </Text>
  )
}

function deltaOf({ delta, interval }: ComparedEvaluator): string {
  if (delta === undefined) return ''
  return `${formatDelta(delta)}${interval ? ` (${formatDelta(interval.low)} to ${formatDelta(interval.high)})` : ''}`
}

const verdicts = {
  better: 'better',
  worse: 'worse',
  same: 'the same',
  unclear: 'not told from chance',
  too_few_cases: 'too few cases differ to tell it from chance',
} as const
const reasons = {
  changed: 'not compared: it measures something else by now',
  added: 'not compared: the earlier eval lacks it',
  unscored: 'not compared: no case was scored in both',
} as const

function verdictOf({ verdict, notCompared, pValue }: ComparedEvaluator): string {
  if (notCompared) return reasons[notCompared]
  if (!verdict) return ''
  const isTested = verdict === 'better' || verdict === 'worse' || verdict === 'unclear'
  return `${verdicts[verdict]}${isTested && pValue !== undefined ? ` (sign test p = ${pValue.toFixed(3)})` : ''}`
}
