import type { Approval } from '@neonhub/contract'
import { Anchor, Group, Paper, Stack, Text, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Moment } from '../components/moment.tsx'
import { PreviewView } from '../components/preview-view.tsx'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'
import { DecisionForm } from './decision-form.tsx'

/** One action that waits, or waited, for a person: what it would do, for whom, and until when a yes is possible. */
export function ApprovalCard({ approval }: { readonly approval: Approval }) {
  const { may } = useMe()
  const pending = approval.status === 'pending'
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article" aria-label={approval.preview.title}>
      <Stack>
        <Group justify="space-between" gap="xs">
          <Text size="sm" c="dimmed">
            {approval.tool} ·{' '}
            <Anchor component={Link} to={`/runs/${approval.runId}`} size="sm">
              {approval.agent} {approval.intent}
            </Anchor>{' '}
            · asked <Moment at={approval.createdAt} />
          </Text>
          <Status status={approval.status} />
        </Group>
        <PreviewView preview={approval.preview} />
        <Text size="xs" c="dimmed">
          <Tooltip label={approval.argumentsHash} multiline maw={340} style={{ overflowWrap: 'anywhere' }}>
            <span tabIndex={0}>
              Fingerprint <code>{approval.argumentsHash.slice(0, 12)}</code>
            </span>
          </Tooltip>
          {pending && (
            <>
              {' '}
              · expires <Moment at={approval.expiresAt} />
            </>
          )}
          {approval.decidedAt !== undefined && (
            <>
              {' '}
              · decided <Moment at={approval.decidedAt} />
            </>
          )}
        </Text>
        {approval.note !== undefined && approval.note !== '' && <Text size="sm">“{approval.note}”</Text>}
        {pending && approval.fourEyes && (
          <Text size="sm">A yes has to come from another person than the one who asked for the run.</Text>
        )}
        {pending && may('approvals:decide') && <DecisionForm approval={approval} />}
        {pending && !may('approvals:decide') && (
          <Text size="sm">Your role may look at it but not decide. Ask an owner or admin.</Text>
        )}
      </Stack>
    </Paper>
  )
}
