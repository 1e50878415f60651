import { Button, Code, SegmentedControl, Skeleton, Stack } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { membersQuery, type TaskView, tasksQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { TaskIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { TaskCard } from '../tasks/task-card.tsx'
import { TaskDialog } from '../tasks/task-dialog.tsx'

const views: readonly { readonly value: TaskView; readonly label: string }[] = [
  { value: 'unfinished', label: 'To do' },
  { value: 'mine', label: 'Mine' },
  { value: 'anybody', label: 'Anybody’s' },
  { value: 'done', label: 'Done' },
  { value: 'all', label: 'All' },
]

/** Work for people: what agents left to them, and what they give each other. */
export function TasksPage() {
  const { api } = useServices()
  const { may } = useMe()
  const [opened, { open, close }] = useDisclosure()
  const [view, setView] = useState<TaskView>('unfinished')
  const pages = useInfiniteQuery(tasksQuery(api, view))
  const members = useQuery({ ...membersQuery(api), enabled: may('members:read') }).data?.members ?? []
  const tasks = pages.data?.pages.flatMap((page) => page.tasks) ?? []
  return (
    <>
      <PageHeader
        title="Tasks"
        description="Work for people: what agents left to you, and what you give each other."
        actions={may('tasks:write') && <Button onClick={open}>New task</Button>}
      />
      <Stack maw={860}>
        <SegmentedControl
          aria-label="Which tasks"
          value={view}
          onChange={(value) => setView(views.find((one) => one.value === value)?.value ?? 'unfinished')}
          data={[...views]}
        />
        {pages.error && (
          <ProblemNotice title="The tasks could not be read" error={pages.error} onRetry={() => void pages.refetch()} />
        )}
        {pages.isPending && <Skeleton height={120} radius="md" aria-label="Loading the tasks" />}
        {tasks.map((task) => (
          <TaskCard key={task.id} task={task} members={members} />
        ))}
        {pages.data && tasks.length === 0 && (
          <EmptyState icon={TaskIcon} title="No such tasks">
            SupportAgent leaves one where a person should answer. Write down others here or with{' '}
            <Code>npx neonhub tasks create --title TEXT</Code>.
          </EmptyState>
        )}
        {pages.hasNextPage && (
          <Button variant="default" loading={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            Show older ones
          </Button>
        )}
      </Stack>
      <TaskDialog opened={opened} onClose={close} members={members} />
    </>
  )
}
