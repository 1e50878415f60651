import { routes } from '@neonhub/contract'
import { Button, Center, Group, SegmentedControl, Skeleton, Stack } from '@mantine/core'
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { notificationsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { notifyFailure } from '../components/notify.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { BellIcon } from '../icons.tsx'
import { NotificationCard } from '../notifications/notification-card.tsx'

export function NotificationsPage() {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [unreadOnly, setUnreadOnly] = useState(true)
  const query = useInfiniteQuery(notificationsQuery(api, unreadOnly))
  const notifications = query.data?.pages.flatMap((page) => page.notifications) ?? []
  const unread = query.data?.pages[0]?.unread ?? 0
  const readAll = useMutation({
    mutationFn: () => api.call(routes.readAllNotifications, {}),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['notifications'] }),
    onError: notifyFailure('They could not be marked as read'),
  })
  return (
    <>
      <PageHeader
        title="Notifications"
        description="What asks for a person. Your account's settings say what you are told of."
        actions={
          <Group>
            <SegmentedControl
              aria-label="Which notifications"
              data={[
                { value: 'unread', label: 'Unread' },
                { value: 'all', label: 'All' },
              ]}
              value={unreadOnly ? 'unread' : 'all'}
              onChange={(value) => setUnreadOnly(value === 'unread')}
            />
            <Button
              variant="default"
              disabled={unread === 0}
              onClick={() => readAll.mutate()}
              loading={readAll.isPending}
            >
              Mark all as read
            </Button>
          </Group>
        }
      />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The notifications could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={90} radius="md" aria-label="Loading the notifications" />}
        {notifications.map((notification) => (
          <NotificationCard key={notification.id} notification={notification} />
        ))}
        {query.data && notifications.length === 0 && (
          <EmptyState icon={BellIcon} title={unreadOnly ? 'Nothing asks for you' : 'Nothing has asked for anybody yet'}>
            Approvals that wait, runs that fail and budgets that run out are told here.
          </EmptyState>
        )}
        {query.hasNextPage && (
          <Center>
            <Button variant="default" onClick={() => void query.fetchNextPage()} loading={query.isFetchingNextPage}>
              Show older ones
            </Button>
          </Center>
        )}
      </Stack>
    </>
  )
}
