import type { Approval } from '@neonhub/contract'
import { Anchor, Group, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { useMe } from '../shell/use-me.ts'
import { ApprovalCard } from './approval-card.tsx'
import { ApproveAllButton } from './approve-all-button.tsx'

/** The approvals of one run; several that wait can be answered together. */
export function RunApprovals({ approvals }: { readonly approvals: readonly Approval[] }) {
  const { may } = useMe()
  const pending = approvals.filter(({ status }) => status === 'pending')
  const [first] = pending
  return (
    <Stack component="section">
      {first && pending.length > 1 && (
        <Group justify="space-between" gap="xs">
          <Text size="sm" fw={600}>
            {pending.length} actions of{' '}
            <Anchor component={Link} to={`/runs/${first.runId}`} size="sm">
              one run
            </Anchor>{' '}
            wait
          </Text>
          {may('approvals:decide') && <ApproveAllButton approvals={pending} />}
        </Group>
      )}
      {approvals.map((approval) => (
        <ApprovalCard key={approval.id} approval={approval} />
      ))}
    </Stack>
  )
}
