import { type Objective, type ObjectiveState, type PersonDetail, routes } from '@neonhub/contract'
import { Box, Button, Group, Stack, Text, TextInput, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

/** What is wanted of a person, what became of it, and a form for a further one. */
export function Objectives({ person: { id, objectives } }: { readonly person: PersonDetail }) {
  const { may } = useMe()
  return (
    <Stack gap="md">
      {objectives.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing is aimed at yet.
        </Text>
      )}
      {objectives.map((objective) => (
        <ObjectiveEntry key={objective.id} objective={objective} />
      ))}
      {may('people:write') && <ObjectiveForm personId={id} />}
    </Stack>
  )
}

function ObjectiveEntry({ objective }: { readonly objective: Objective }) {
  const { may } = useMe()
  const { text, state, dueOn, createdBy, createdAt, closedBy, closedAt } = objective
  return (
    <Group justify="space-between" align="flex-start" gap="sm" component="article" aria-label={text}>
      <Box flex="1 1 280px" miw={0}>
        <Status status={state} />
        <Text size="sm" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Text>
        <Text size="xs" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
          {dueOn !== undefined && `due ${dueOn}, `}
          set by {createdBy}, <Moment at={createdAt} />
          {closedAt !== undefined && (
            <>
              ; {state} by {closedBy}, <Moment at={closedAt} />
            </>
          )}
        </Text>
      </Box>
      {may('people:write') && <ObjectiveActions objective={objective} />}
    </Group>
  )
}

const moves: Readonly<Record<ObjectiveState, readonly { readonly to: ObjectiveState; readonly label: string }[]>> = {
  open: [
    { to: 'reached', label: 'Reached' },
    { to: 'dropped', label: 'Drop' },
  ],
  reached: [{ to: 'open', label: 'Open again' }],
  dropped: [{ to: 'open', label: 'Open again' }],
}

function ObjectiveActions({ objective: { id, personId, state, text } }: { readonly objective: Objective }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const change = useMutation({
    mutationFn: (to: ObjectiveState) => api.call(routes.setObjectiveState, { params: { id }, body: { state: to } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['person', personId] }),
    onError: notifyFailure('The objective could not be changed'),
  })
  return (
    <Group gap="xs">
      {moves[state].map(({ to, label }) => (
        <Button key={to} size="xs" variant="default" loading={change.isPending} onClick={() => change.mutate(to)}>
          {label}
          <VisuallyHidden> {text.slice(0, 60)}</VisuallyHidden>
        </Button>
      ))}
    </Group>
  )
}

function ObjectiveForm({ personId }: { readonly personId: string }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (form: HTMLFormElement) => {
      const fields = new FormData(form)
      const dueOn = String(fields.get('dueOn'))
      const body = { text: String(fields.get('text')), ...(dueOn === '' ? {} : { dueOn }) }
      return api.call(routes.addPersonObjective, { params: { id: personId }, body })
    },
    onSuccess: (_objective, form) => {
      form.reset()
      return queryClient.invalidateQueries({ queryKey: ['person', personId] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(event.currentTarget)
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        {save.error && <ProblemNotice title="The objective could not be set" error={save.error} />}
        <Group align="flex-end" gap="sm">
          <TextInput
            flex="1 1 280px"
            label="New objective"
            name="text"
            placeholder="Book a demo"
            maxLength={500}
            required
          />
          <TextInput label="Due" name="dueOn" type="date" />
          <Button type="submit" loading={save.isPending}>
            Set it
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
