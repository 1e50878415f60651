import { Group, Text, VisuallyHidden } from '@mantine/core'
import {
  CheckIcon,
  ClockIcon,
  CrossIcon,
  type Icon,
  QuestionIcon,
  RunningIcon,
  StopIcon,
  WarningIcon,
} from '../icons.tsx'
import { statusText } from '../format/run-status.ts'
import classes from './status.module.css'

interface Look {
  readonly Icon: Icon
  readonly tone: 'good' | 'bad' | 'busy' | 'wait' | 'quiet'
}

const good: Look = { Icon: CheckIcon, tone: 'good' }
const busy: Look = { Icon: RunningIcon, tone: 'busy' }
const wait: Look = { Icon: ClockIcon, tone: 'wait' }
const quiet: Look = { Icon: ClockIcon, tone: 'quiet' }
const bad: Look = { Icon: CrossIcon, tone: 'bad' }

/** Every state has a shape as well as a colour: colour alone tells too few people (WCAG 2.2, 1.4.1). */
const looks: Readonly<Record<string, Look>> = {
  succeeded: good,
  passed: good,
  finished: { Icon: CheckIcon, tone: 'quiet' },
  scoring: busy,
  granted: good,
  approved: good,
  used: good,
  active: good,
  delivered: good,
  enabled: good,
  processed: good,
  started: good,
  done: good,
  reached: good,
  dropped: { Icon: StopIcon, tone: 'quiet' },
  running: busy,
  in_progress: busy,
  executing: busy,
  sending: busy,
  queued: quiet,
  planned: quiet,
  waiting: wait,
  pending: wait,
  proposed: wait,
  candidate: wait,
  retired: quiet,
  awaiting_approval: wait,
  needs_attention: { Icon: WarningIcon, tone: 'wait' },
  unknown: { Icon: QuestionIcon, tone: 'wait' },
  failed: bad,
  failing: bad,
  refused: bad,
  denied: bad,
  revoked: bad,
  cancelled: { Icon: StopIcon, tone: 'quiet' },
  expired: quiet,
  simulated: { Icon: CheckIcon, tone: 'quiet' },
  ignored: quiet,
  missed: { Icon: WarningIcon, tone: 'wait' },
  overlap: quiet,
  paused: { Icon: StopIcon, tone: 'quiet' },
  disabled: { Icon: StopIcon, tone: 'quiet' },
}

/** The tone of a state, for what is drawn in its colour. */
export const toneOf = (status: string): Look['tone'] => (looks[status] ?? quiet).tone

/** A state as its sign alone, with its name for those who cannot see it. */
export function StatusIcon({ status, size = 16 }: { readonly status: string; readonly size?: number }) {
  const { Icon, tone } = looks[status] ?? quiet
  return (
    <span className={classes['icon']} data-tone={tone} title={statusText(status)}>
      <Icon size={size} strokeWidth={2.5} data-spin={tone === 'busy' || undefined} />
      <VisuallyHidden>{statusText(status)}</VisuallyHidden>
    </span>
  )
}

/** A state as sign and words. `reason` says what it waits for. */
export function Status({ status, reason }: { readonly status: string; readonly reason?: string | undefined }) {
  const { Icon, tone } = looks[status] ?? quiet
  return (
    <Group gap={6} wrap="nowrap" component="span" display="inline-flex" style={{ verticalAlign: 'middle' }}>
      <span className={classes['icon']} data-tone={tone}>
        <Icon size={16} strokeWidth={2.5} data-spin={tone === 'busy' || undefined} />
      </span>
      <Text span size="sm" fw={500} className={classes['text']}>
        {statusText(status)}
        {reason === undefined ? '' : ` for ${reasonText(reason)}`}
      </Text>
    </Group>
  )
}

const reasonTexts: Readonly<Record<string, string>> = {
  approval: 'approval',
  unknown_effect: 'a word on an unknown outcome',
  child: 'a child run',
  send_time: 'its time to send',
  time: 'its time',
  event: 'an event',
  budget: 'a budget',
}
const reasonText = (reason: string) => reasonTexts[reason] ?? reason
