import { Group, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Icon } from '../icons.tsx'
import classes from './notice.module.css'

interface NoticeProps {
  readonly tone: 'bad' | 'wait'
  readonly icon: Icon
  readonly title: ReactNode
  readonly children?: ReactNode
  /** What can be done at once. */
  readonly action?: ReactNode
  /** Read out as soon as it appears. */
  readonly urgent?: boolean
}

/** A remark that asks for attention. The colour is in its edge and sign only, so that the words stay easy to read. */
export function Notice({ tone, icon: NoticeIcon, title, children, action, urgent = false }: NoticeProps) {
  return (
    <div className={classes['notice']} data-tone={tone} role={urgent ? 'alert' : undefined}>
      <span className={classes['icon']}>
        <NoticeIcon size={20} />
      </span>
      <Group justify="space-between" gap="xs" flex={1} miw={0}>
        <div className={classes['words']}>
          <Text size="sm" fw={600}>
            {title}
          </Text>
          {children}
        </div>
        {action}
      </Group>
    </div>
  )
}
