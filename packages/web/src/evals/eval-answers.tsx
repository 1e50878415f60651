import type { EvalDetail, EvalItem, EvalResult } from '@neonhub/contract'
import { Anchor, Group, Paper, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Cost } from '../components/cost.tsx'
import { Status } from '../components/status.tsx'
import { formatDuration } from '../format/time.ts'
import { formatScore } from './format-score.ts'

/** Every answer with what its evaluators say. */
export function EvalAnswers({ detail: { items, repeat, isSandbox } }: { readonly detail: EvalDetail }) {
  return items.map((item) => <Answer key={item.id} item={item} repeats={repeat > 1} isSandbox={isSandbox} />)
}

function Answer({
  item,
  repeats,
  isSandbox,
}: {
  readonly item: EvalItem
  readonly repeats: boolean
  readonly isSandbox: boolean
}) {
  const { caseName, caseVersion, repetition, status, runId, error, costMicros, durationMs, results } = item
  return (
    <Paper withBorder radius="md" p="md" component="article" aria-label={caseName}>
      <Group justify="space-between" gap="sm" mb="xs">
        <Group gap="sm">
          <Text fw={600}>
            {caseName}
            {repeats ? ` #${repetition}` : ''}
          </Text>
          <Text size="sm" c="dimmed">
            version {caseVersion}
          </Text>
          {status !== 'done' && <Status status={status} />}
        </Group>
        <Group gap="sm">
          {durationMs !== undefined && <Text size="sm">{formatDuration(durationMs)}</Text>}
          <Cost costMicros={costMicros} sandbox={isSandbox} />
          {runId !== undefined && (
            <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}>
              The run
            </Anchor>
          )}
        </Group>
      </Group>
      {error && <Text size="sm">{error.message}</Text>}
      <Stack gap={4}>
        {results.map((result) => (
          <Result key={result.evaluator} result={result} />
        ))}
      </Stack>
    </Paper>
  )
}

function Result({ result }: { readonly result: EvalResult }) {
  const { evaluator, score, passed, reason, error, isAwaited } = result
  const said = error ? error.message : isAwaited ? 'awaiting marks' : reason
  return (
    <Group gap="sm" wrap="nowrap" align="flex-start">
      <Text size="sm" w={160} style={{ flexShrink: 0 }}>
        {evaluator}
      </Text>
      <Text size="sm" w={40} style={{ flexShrink: 0, fontVariantNumeric: 'tabular-nums' }}>
        {formatScore(score)}
      </Text>
      <Status status={error ? 'unknown' : isAwaited ? 'waiting' : passed ? 'passed' : 'failed'} />
      <Text size="sm" c="dimmed">
        {said}
      </Text>
    </Group>
  )
}
