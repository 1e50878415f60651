import { type Memory, routes } from '@neonhub/contract'
import { Anchor, Badge, Button, Group, Paper, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'

const kinds = { fact: 'Fact', preference: 'Preference', lesson: 'Lesson' } as const

/** A memory: what it says, who is told, and where it comes from. */
export function MemoryCard({ memory }: { readonly memory: Memory }) {
  const { may } = useMe()
  const { kind, text, brand, agent, pinned, runId, createdAt, expiresAt } = memory
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Group gap="xs">
            <Badge variant="default">{kinds[kind]}</Badge>
            {pinned && <Badge variant="light">Pinned</Badge>}
            <Text size="sm" c="dimmed">
              {brand} · told to {agent ?? 'all agents'}
            </Text>
          </Group>
          <Status status={stateOf(memory)} />
        </Group>
        <Text style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>{text}</Text>
        <Group justify="space-between" gap="sm">
          <Text size="sm" c="dimmed" component="div">
            {runId === undefined ? (
              'Written by a person'
            ) : (
              <>
                Learned by run{' '}
                <Anchor size="sm" renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}>
                  …{runId.slice(-6)}
                </Anchor>
              </>
            )}{' '}
            <Moment at={createdAt} />
            {expiresAt !== undefined && (
              <>
                , until <Moment at={expiresAt} />
              </>
            )}
          </Text>
          {may('brands:write') && <MemoryActions memory={memory} />}
        </Group>
      </Stack>
    </Paper>
  )
}

function stateOf({ status, replacedBy, expiresAt }: Memory): string {
  if (replacedBy !== undefined) return 'replaced'
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now() ? 'expired' : status
}

function MemoryActions({ memory: { id, status, pinned, text } }: { readonly memory: Memory }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['memories'] })
  const change = useMutation({
    mutationFn: (body: { readonly accept?: true; readonly pinned?: boolean }) =>
      api.call(routes.changeMemory, { params: { id }, body }),
    onSuccess: (_memory, { accept }) => {
      if (accept) notifyDone('Agents are told from now on.')
      return refresh()
    },
    onError: notifyFailure('The memory could not be changed'),
  })
  const forget = useMutation({
    mutationFn: () => api.call(routes.deleteMemory, { params: { id } }),
    onSuccess: () => {
      notifyDone('It is forgotten.')
      return refresh()
    },
    onError: notifyFailure('The memory could not be forgotten'),
  })
  const isProposed = status === 'proposed'
  const which = <VisuallyHidden> {text.slice(0, 60)}</VisuallyHidden>
  return (
    <Group gap="xs">
      {isProposed ? (
        <Button size="xs" loading={change.isPending} onClick={() => change.mutate({ accept: true })}>
          Accept{which}
        </Button>
      ) : (
        <Button
          size="xs"
          variant="default"
          loading={change.isPending}
          onClick={() => change.mutate({ pinned: !pinned })}
        >
          {pinned ? 'Unpin' : 'Pin'}
          {which}
        </Button>
      )}
      <Button size="xs" variant="default" loading={forget.isPending} onClick={() => forget.mutate()}>
        {isProposed ? 'Refuse' : 'Forget'}
        {which}
      </Button>
    </Group>
  )
}
