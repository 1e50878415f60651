import { Box, Text } from '@mantine/core'
import type { KeyboardEvent } from 'react'
import { Cost } from '../components/cost.tsx'
import { StatusIcon, toneOf } from '../components/status.tsx'
import { formatCount } from '../format/count.ts'
import { statusText } from '../format/run-status.ts'
import { formatDuration } from '../format/time.ts'
import { BranchIcon, ChevronDownIcon, ChevronRightIcon, type Icon, ModelIcon, StepIcon, ToolIcon } from '../icons.tsx'
import type { TraceNode } from './build-trace.ts'
import type { TimeScale } from './time-scale.ts'
import classes from './trace-view.module.css'

const kindLooks = {
  run: { Icon: BranchIcon, name: 'Run' },
  step: { Icon: StepIcon, name: 'Step' },
  llm: { Icon: ModelIcon, name: 'Model call' },
  tool: { Icon: ToolIcon, name: 'Tool' },
} as const satisfies Record<TraceNode['kind'], { readonly Icon: Icon; readonly name: string }>

/** What a row is called for people. */
export const kindName = (kind: TraceNode['kind']): string => kindLooks[kind].name

interface TraceRowViewProps {
  readonly node: TraceNode
  readonly depth: number
  readonly scale: TimeScale
  readonly now: number
  /** Undefined for a row that holds no others. */
  readonly open: boolean | undefined
  readonly selected: boolean
  /** Whether the tab key comes here: one row of the grid takes it for all. */
  readonly reachable: boolean
  readonly onToggle: () => void
  readonly onSelect: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

export function TraceRowView(props: TraceRowViewProps) {
  const { node, depth, scale, now, open, selected, reachable, onToggle, onSelect, onKeyDown } = props
  const { Icon: KindIcon } = kindLooks[node.kind]
  const Chevron = open ? ChevronDownIcon : ChevronRightIcon
  const duration = durationOf(node, now)
  return (
    <div
      role="row"
      data-row
      className={classes['row']}
      aria-level={depth + 1}
      aria-expanded={open}
      aria-selected={selected}
      tabIndex={reachable ? 0 : -1}
      onClick={onSelect}
      onKeyDown={onKeyDown}
    >
      <Box role="gridcell" className={classes['name']} __vars={{ '--depth': String(depth) }}>
        <span
          className={classes['toggle']}
          onClick={(event) => {
            event.stopPropagation()
            onToggle()
          }}
        >
          {open !== undefined && <Chevron size={14} />}
        </span>
        <StatusIcon status={node.status} />
        <span className={classes['kind']} title={kindName(node.kind)}>
          <KindIcon size={14} />
        </span>
        <span className={classes['words']}>
          <Text span size="sm" fw={node.kind === 'run' ? 600 : 400} truncate display="block">
            {node.title}
          </Text>
          {node.worker !== undefined && node.worker !== node.title && (
            <Text span size="xs" c="dimmed" truncate display="block">
              {node.worker}
            </Text>
          )}
        </span>
      </Box>
      <Text role="gridcell" size="sm" data-number data-wide>
        {node.tokens > 0 && formatCount(node.tokens, { compact: true })}
      </Text>
      <Text role="gridcell" component="div" size="sm" data-number data-wide>
        {node.tokens > 0 && <Cost {...node} />}
        {node.kind === 'tool' && node.sandbox && <Cost costMicros={0} sandbox />}
      </Text>
      <Text role="gridcell" size="sm" data-number>
        {duration === undefined ? '' : formatDuration(duration)}
      </Text>
      <div role="gridcell" className={classes['time']}>
        {scale.pauses.map(({ at, durationMs }) => (
          <span
            key={at}
            className={classes['pause']}
            style={{ left: `${at * 100}%` }}
            title={`Nothing ran for ${formatDuration(durationMs)}; drawn shorter`}
          />
        ))}
        {node.startedAt !== undefined && (
          <span
            className={classes['bar']}
            data-tone={toneOf(node.status)}
            data-kind={node.kind}
            style={barStyle(props)}
          />
        )}
        {node.startedAt === undefined && (
          <Text span size="xs" c="dimmed" className={classes['notBegun']}>
            {statusText(node.status)}
          </Text>
        )}
      </div>
    </div>
  )
}

/** How long a row took, or has been going; undefined for what has not begun. */
export function durationOf(node: TraceNode, now: number): number | undefined {
  if (node.startedAt === undefined) return undefined
  // It took no time here: another run did it, or nobody.
  if (node.step?.copied || node.toolExecution?.copied || node.toolExecution?.simulation) return undefined
  if (node.finishedAt === undefined && toneOf(node.status) !== 'busy' && node.kind !== 'run') return undefined
  return Math.max(0, (node.finishedAt ?? now) - node.startedAt)
}

function barStyle({ node, scale, now }: Pick<TraceRowViewProps, 'node' | 'scale' | 'now'>) {
  const start = node.startedAt ?? now
  const left = scale.place(start)
  const width = scale.place(start + (durationOf(node, now) ?? 0)) - left
  return { left: `${left * 100}%`, width: `${width * 100}%` }
}
