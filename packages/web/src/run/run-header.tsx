import type { RunDetail } from '@neonhub/contract'
import { Anchor, Badge, Group, Tooltip } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { StreamState } from '../api/follow-run.ts'
import { Cost } from '../components/cost.tsx'
import { Moment } from '../components/moment.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { RunDuration } from '../components/run-duration.tsx'
import { Status } from '../components/status.tsx'
import { formatCount } from '../format/count.ts'
import { isOver } from '../format/run-status.ts'
import { OriginNotice } from '../fork/origin-notice.tsx'
import { useMe } from '../shell/use-me.ts'
import { RunActions } from './run-actions.tsx'
import classes from './run-header.module.css'

/** What a run is, how it stands, and what can be done with it. */
export function RunHeader({ run, stream }: { readonly run: RunDetail; readonly stream: StreamState }) {
  const { may } = useMe()
  return (
    <div>
      <Group gap={6} mb={4}>
        <Anchor component={Link} to="/runs" size="sm">
          Runs
        </Anchor>
        {run.parentRunId !== undefined && (
          <>
            <span aria-hidden>/</span>
            <Anchor component={Link} to={`/runs/${run.parentRunId}`} size="sm">
              Parent run
            </Anchor>
          </>
        )}
      </Group>
      <PageHeader
        title={run.intent}
        description={run.agent}
        actions={may('runs:write') ? <RunActions run={run} /> : undefined}
      />
      <dl className={classes['facts']}>
        <Fact name="Status">
          <Group gap="xs">
            <Status status={run.status} reason={run.waitingFor} />
            <StreamBadge run={run} stream={stream} />
            <TrustBadges run={run} />
          </Group>
        </Fact>
        {run.waits?.map(({ key, event, until }) => (
          <Fact key={key} name={event === undefined ? 'Waits until' : `Waits for “${event}” until`}>
            <Moment at={until} />
          </Fact>
        ))}
        {run.brand !== undefined && <Fact name="Brand">{run.brand}</Fact>}
        <Fact name="Duration">
          <RunDuration run={run} />
        </Fact>
        <Fact name="Cost">
          <Cost costMicros={run.totalCostMicros} sandbox={run.sandbox} />
        </Fact>
        <Fact name="Tokens">
          {formatCount(run.totalInputTokens)} in, {formatCount(run.totalOutputTokens)} out
        </Fact>
        <Fact name="Started">
          <Moment at={run.createdAt} />
        </Fact>
        <Fact name="Asked by">{requesterText(run.requestedBy)}</Fact>
      </dl>
      <OriginNotice run={run} />
    </div>
  )
}

const Fact = ({ name, children }: { readonly name: string; readonly children: ReactNode }) => (
  <div>
    <dt>{name}</dt>
    <dd>{children}</dd>
  </div>
)

/** `user:ID` names nobody to a reader. */
const requesterTexts: Readonly<Record<string, string>> = {
  user: 'a user',
  api_key: 'an API key',
  run: 'a parent run',
  schedule: 'a schedule',
  trigger: 'a trigger',
  eval: 'an eval',
}
function requesterText(requestedBy: string): string {
  // A schedule's is followed by who made it.
  const [kind = '', id] = requestedBy.replace(/ of .*/s, '').split(':')
  const text = requesterTexts[kind]
  return text === undefined || id === undefined ? requestedBy : `${text} …${id.slice(-6)}`
}

function StreamBadge({ run, stream }: { readonly run: RunDetail; readonly stream: StreamState }) {
  if (isOver(run.status) || stream === 'closed') return null
  return stream === 'live' ? (
    <Badge variant="dot" color="teal" tt="none" fw={500}>
      live
    </Badge>
  ) : (
    <Badge variant="dot" color="orange" tt="none" fw={500}>
      reconnecting
    </Badge>
  )
}

function TrustBadges({ run: { tainted, approveAll, dryRun } }: { readonly run: RunDetail }) {
  return (
    <>
      {dryRun && (
        <Tooltip
          multiline
          maw={300}
          label="No mail or post of it leaves, and what it writes here is taken back. What models cost is real."
        >
          <Badge variant="default" tt="none" fw={500} tabIndex={0}>
            dry run
          </Badge>
        </Tooltip>
      )}
      {tainted && (
        <Tooltip
          multiline
          maw={300}
          label="Text from outside has reached it: what the model chooses to send waits for approval."
        >
          <Badge variant="default" tt="none" fw={500} tabIndex={0}>
            outside text
          </Badge>
        </Tooltip>
      )}
      {approveAll && (
        <Tooltip multiline maw={300} label="Whoever started it said yes beforehand to what would wait for an approval.">
          <Badge variant="default" tt="none" fw={500} tabIndex={0}>
            approved beforehand
          </Badge>
        </Tooltip>
      )}
    </>
  )
}
