import type { LlmCall } from '@neonhub/contract'
import { Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { llmCallQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { JsonView } from '../components/json-view.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { readRequest, readResponse } from './read-messages.ts'

const roleNames: Readonly<Record<string, string>> = {
  system: 'System prompt',
  user: 'Prompt',
  assistant: 'Earlier answer',
  tool: 'Result of a tool',
  text: 'Text',
}

/** What the model was told and what it answered, read when the details are opened, so that the trace stays small. */
export function LlmCallRecord({ call }: { readonly call: LlmCall }) {
  const { api } = useServices()
  const query = useQuery(llmCallQuery(api, call))
  if (query.error)
    return (
      <ProblemNotice
        title="Prompt and answer could not be read"
        error={query.error}
        onRetry={() => void query.refetch()}
      />
    )
  if (!query.data) return <Skeleton height={160} radius="md" aria-label="Loading the prompt and the answer" />
  const request = readRequest(query.data.request)
  const response = readResponse(query.data.response)
  return (
    <Stack gap="md">
      {request.messages.map(({ role, text }, index) => (
        // The messages of a call never change or move.
        <JsonView key={index} label={roleNames[role] ?? role} value={text} />
      ))}
      {response.text !== undefined && <JsonView label="Answer" value={response.text} />}
      {response.rest !== undefined && <JsonView label="Came with the answer" value={response.rest} />}
      {request.rest !== undefined && <JsonView label="Settings" value={request.rest} />}
    </Stack>
  )
}
