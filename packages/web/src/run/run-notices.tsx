import type { RunDetail, ToolExecution } from '@neonhub/contract'
import { Button, Stack, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { Notice } from '../components/notice.tsx'
import { RecordedErrorNotice } from '../components/recorded-error-notice.tsx'
import { ApprovalsIcon, QuestionIcon } from '../icons.tsx'

/** What a run needs from a person, and why it failed. */
export function RunNotices({ run }: { readonly run: RunDetail }) {
  const executions = allExecutions(run)
  const waiting = executions.filter(({ status }) => status === 'awaiting_approval')
  const unknown = executions.filter(({ status }) => status === 'unknown')
  if (!run.error && waiting.length + unknown.length === 0) return null
  return (
    <Stack gap="xs">
      {run.error && <RecordedErrorNotice error={run.error} />}
      {waiting.length > 0 && (
        <Notice
          tone="wait"
          icon={ApprovalsIcon}
          title={waiting.length === 1 ? 'One action waits for a yes' : `${waiting.length} actions wait for a yes`}
          action={
            <Button component={Link} to="/approvals" size="xs">
              Review
            </Button>
          }
        >
          <Text size="sm">{titlesOf(waiting)}</Text>
        </Notice>
      )}
      {unknown.length > 0 && (
        <Notice tone="wait" icon={QuestionIcon} title="Nobody knows yet whether a call happened">
          <Text size="sm">{titlesOf(unknown)}. Choose it in the trace and say what you find on the other side.</Text>
        </Notice>
      )}
    </Stack>
  )
}

const shownTitles = 3

/** The first few titles, each once with how often it stands there. */
function titlesOf(executions: readonly ToolExecution[]): string {
  const titles = [...Map.groupBy(executions, ({ preview }) => preview.title)].map(([title, { length }]) =>
    length === 1 ? title : `${title} (${length})`,
  )
  const rest = titles.length - shownTitles
  return [...titles.slice(0, shownTitles), ...(rest > 0 ? [`and ${rest} more`] : [])].join(' · ')
}

const allExecutions = (run: RunDetail): ToolExecution[] => [
  ...run.toolExecutions,
  ...run.children.flatMap(allExecutions),
]
