import { Paper, Stack, Text, Title } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Icon } from '../icons.tsx'

interface EmptyStateProps {
  readonly icon: Icon
  readonly title: string
  /** What to do next. */
  readonly children: ReactNode
}

/** Stands where a list has nothing to show, and says what to do about it. */
export function EmptyState({ icon: StateIcon, title, children }: EmptyStateProps) {
  return (
    <Paper withBorder p="xl" radius="md">
      <Stack align="center" gap="xs" ta="center" py="md">
        <Text c="dimmed" lh={0}>
          <StateIcon size={36} strokeWidth={1.5} />
        </Text>
        <Title order={2}>{title}</Title>
        <Text component="div" c="dimmed" size="sm" maw={520}>
          {children}
        </Text>
      </Stack>
    </Paper>
  )
}
