import { Button, Code, Skeleton, Stack, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { memoriesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { MemoryIcon } from '../icons.tsx'
import { MemoryCard } from '../memories/memory-card.tsx'
import { MemoryDialog } from '../memories/memory-dialog.tsx'
import { useMe } from '../shell/use-me.ts'

export function MemoriesPage() {
  const { api } = useServices()
  const { may } = useMe()
  const [opened, { open, close }] = useDisclosure()
  const proposed = useQuery(memoriesQuery(api, 'proposed'))
  const active = useQuery(memoriesQuery(api, 'active'))
  const error = proposed.error ?? active.error
  const waiting = proposed.data?.memories ?? []
  const told = active.data?.memories ?? []
  return (
    <>
      <PageHeader
        title="Memories"
        description="What agents are told of your brands beside the documents: what people wrote down, and what agents learned."
        actions={may('brands:write') && <Button onClick={open}>Remember something</Button>}
      />
      <Stack maw={860}>
        {error && (
          <ProblemNotice
            title="The memories could not be read"
            error={error}
            onRetry={() => void Promise.all([proposed.refetch(), active.refetch()])}
          />
        )}
        {(proposed.isPending || active.isPending) && !error && (
          <Skeleton height={120} radius="md" aria-label="Loading the memories" />
        )}
        {waiting.length > 0 && (
          <>
            <Title order={2} size="h4">
              Waiting for your yes
            </Title>
            {waiting.map((memory) => (
              <MemoryCard key={memory.id} memory={memory} />
            ))}
          </>
        )}
        {told.length > 0 && (
          <Title order={2} size="h4">
            Remembered
          </Title>
        )}
        {told.map((memory) => (
          <MemoryCard key={memory.id} memory={memory} />
        ))}
        {proposed.data && active.data && waiting.length + told.length === 0 && (
          <EmptyState icon={MemoryIcon} title="Nothing is remembered yet">
            Write down what every text should heed, here or with{' '}
            <Code>npx neonhub memories add --brand SLUG --text TEXT</Code>. SupportAgent proposes what people answered
            in its place.
          </EmptyState>
        )}
      </Stack>
      <MemoryDialog opened={opened} onClose={close} />
    </>
  )
}
