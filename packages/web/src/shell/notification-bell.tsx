import { ActionIcon, Indicator, Tooltip } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { notificationsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { BellIcon } from '../icons.tsx'

/** The way to what asks for the person, with how much of it they have not read. */
export function NotificationBell() {
  const { api } = useServices()
  const { data } = useInfiniteQuery(notificationsQuery(api, true))
  const unread = data?.pages[0]?.unread ?? 0
  const label = unread === 0 ? 'Notifications' : `Notifications, ${unread} unread`
  return (
    <Tooltip label={label}>
      <Indicator label={unread > 99 ? '99+' : unread} size={16} disabled={unread === 0} offset={6} color="red">
        <ActionIcon component={Link} to="/notifications" variant="subtle" color="gray" size="lg" aria-label={label}>
          <BellIcon />
        </ActionIcon>
      </Indicator>
    </Tooltip>
  )
}
