import type { LlmCall, RunDetail, RunStep } from '@neonhub/contract'
import { Anchor, Button, CloseButton, DataList, Group, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import { runStepQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Cost, SandboxBadge } from '../components/cost.tsx'
import { Fact } from '../components/fact.tsx'
import { JsonView } from '../components/json-view.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { RecordedErrorNotice } from '../components/recorded-error-notice.tsx'
import { Status } from '../components/status.tsx'
import { formatCount } from '../format/count.ts'
import { formatDuration, formatMoment } from '../format/time.ts'
import type { TraceNode } from './build-trace.ts'
import { LlmCallRecord } from './llm-call-record.tsx'
import { ToolDetails } from './tool-details.tsx'
import { kindName } from './trace-row-view.tsx'

/** Everything that is on record about one row of the trace. */
export function TraceDetails({ node, onClose }: { readonly node: TraceNode; readonly onClose: () => void }) {
  const { step, llmCall, toolExecution, run, inRunId } = node
  return (
    <Stack gap="md" p="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={4} miw={0}>
          <Text size="xs" c="dimmed" fw={600}>
            {kindName(node.kind)}
          </Text>
          <Title order={2} style={{ overflowWrap: 'anywhere' }}>
            {node.title}
          </Title>
          <Status status={node.status} />
        </Stack>
        <CloseButton onClick={onClose} aria-label="Close the details" />
      </Group>
      {llmCall && <LlmCallDetails call={llmCall} />}
      {toolExecution && <ToolDetails execution={toolExecution} />}
      {run && <ChildRunDetails run={run} isChild={step !== undefined || run.parentRunId !== undefined} />}
      {step && (
        <StepDetails step={step} runId={inRunId} sharesError={(llmCall ?? toolExecution ?? run)?.error !== undefined} />
      )}
    </Stack>
  )
}

const tokenClasses = [
  ['inputTokens', 'input'],
  ['cacheReadTokens', 'read from cache'],
  ['cacheWriteTokens', 'written to cache'],
  ['outputTokens', 'output'],
  ['reasoningTokens', 'reasoning'],
] as const

function LlmCallDetails({ call }: { readonly call: LlmCall }) {
  const tokens = tokenClasses.flatMap(([key, name]) => (call[key] > 0 ? [`${formatCount(call[key])} ${name}`] : []))
  const { answeredModel, requestedModel } = call
  return (
    <>
      {call.error && <RecordedErrorNotice error={call.error} />}
      <DataList gap={6} labelWidth="110px">
        <Fact name="Provider">{call.provider === 'sandbox' ? <SandboxBadge /> : call.provider}</Fact>
        <Fact name="Model">
          {answeredModel ?? requestedModel}
          {answeredModel !== undefined && answeredModel !== requestedModel && ` (asked for ${requestedModel})`}
        </Fact>
        {call.fallbackFor !== undefined && (
          <Fact name="Fallback">
            in the place of {call.fallbackFor}, which could not be asked ({call.fallbackReason})
          </Fact>
        )}
        <Fact name="Operation">{call.operation}</Fact>
        <Fact name="Tokens">{tokens.length === 0 ? '–' : tokens.join(', ')}</Fact>
        <Fact name="Cost">
          <Cost costMicros={call.costMicros} currency={call.currency} sandbox={call.provider === 'sandbox'} />
          {call.costSource === 'unknown' && ' (no price is known for this model)'}
        </Fact>
        {call.timeToFirstTokenMs !== undefined && (
          <Fact name="First token">after {formatDuration(call.timeToFirstTokenMs)}</Fact>
        )}
        {call.durationMs !== undefined && <Fact name="Duration">{formatDuration(call.durationMs)}</Fact>}
        {call.finishReason !== undefined && <Fact name="Ended because">{call.finishReason}</Fact>}
        <Fact name="Began">{formatMoment(call.startedAt)}</Fact>
      </DataList>
      <LlmCallRecord call={call} />
    </>
  )
}

interface StepDetailsProps {
  readonly step: RunStep
  readonly runId: string | undefined
  readonly sharesError: boolean
}

function StepDetails({ step, runId, sharesError }: StepDetailsProps) {
  return (
    <>
      {step.error && !sharesError && <RecordedErrorNotice error={step.error} />}
      <DataList gap={6} labelWidth="110px">
        <Fact name="Step">{step.key}</Fact>
        <Fact name="Attempt">{step.attempt}</Fact>
        <Fact name="Ended">{formatMoment(step.finishedAt)}</Fact>
      </DataList>
      {step.output !== undefined && <JsonView label="Output of the step" value={step.output} />}
      {step.outputBytes !== undefined && runId !== undefined && <LongOutput step={step} runId={runId} />}
    </>
  )
}

/** An output that is too large for the trace, read when it is asked for. */
function LongOutput({ step, runId }: { readonly step: RunStep; readonly runId: string }) {
  const { api } = useServices()
  const [asked, setAsked] = useState(false)
  const query = useQuery({ ...runStepQuery(api, runId, step), enabled: asked })
  if (query.data) return <JsonView label="Output of the step" value={query.data.output} />
  return (
    <Stack gap="xs" align="flex-start">
      {query.error && <ProblemNotice title="The output could not be read" error={query.error} />}
      <Button
        size="xs"
        variant="default"
        loading={query.isFetching}
        onClick={() => (asked ? void query.refetch() : setAsked(true))}
      >
        Show the output ({formatCount(step.outputBytes ?? 0, { compact: true })} bytes)
      </Button>
    </Stack>
  )
}

function ChildRunDetails({ run, isChild }: { readonly run: RunDetail; readonly isChild: boolean }) {
  return (
    <>
      {run.error && <RecordedErrorNotice error={run.error} />}
      <DataList gap={6} labelWidth="110px">
        <Fact name="Agent">{run.agent}</Fact>
        <Fact name="Intent">{run.intent}</Fact>
        <Fact name="Cost">
          <Cost costMicros={run.totalCostMicros} sandbox={run.sandbox} />
        </Fact>
        {isChild && (
          <Fact name="Page">
            <Anchor component={Link} to={`/runs/${run.id}`} size="sm">
              Open this run
            </Anchor>
          </Fact>
        )}
      </DataList>
      <JsonView label="Input" value={run.input} />
      {run.output !== undefined && <JsonView label="Output" value={run.output} />}
    </>
  )
}
