import { Button, Code, List, Text } from '@mantine/core'
import { toApiError } from '../api/api-error.ts'
import { WarningIcon } from '../icons.tsx'
import { Notice } from './notice.tsx'

interface ProblemNoticeProps {
  readonly error: unknown
  /** What did not work: `The runs could not be read`. */
  readonly title: string
  readonly onRetry?: (() => void) | undefined
}

/** A failure with what can be done about it. */
export function ProblemNotice({ error, title, onRetry }: ProblemNoticeProps) {
  const { message, hint, issues, code, requestId } = toApiError(error)
  const retry = onRetry && (
    <Button size="xs" variant="default" onClick={onRetry}>
      Try again
    </Button>
  )
  return (
    <Notice urgent tone="bad" icon={WarningIcon} title={title} action={retry}>
      {/* The message says the issues once more, in one long line. */}
      {issues.length === 0 && <Text size="sm">{message}</Text>}
      {hint !== undefined && <Text size="sm">{hint}</Text>}
      {issues.length > 0 && (
        <List size="sm" mt="xs">
          {issues.map(({ path, message: reason }) => (
            <List.Item key={path}>
              <Code>{path}</Code> {reason}
            </List.Item>
          ))}
        </List>
      )}
      <Text size="xs" c="dimmed" mt={2}>
        {code}
        {requestId === undefined ? '' : ` · request ${requestId}`}
      </Text>
    </Notice>
  )
}
