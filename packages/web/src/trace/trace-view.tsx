import type { RunDetail } from '@neonhub/contract'
import { Drawer, Paper, ScrollArea, Text } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { useNow } from '../components/use-now.ts'
import { isOver } from '../format/run-status.ts'
import { buildTrace, type TraceNode, visibleRows } from './build-trace.ts'
import { createTimeScale } from './time-scale.ts'
import { TraceDetails } from './trace-details.tsx'
import { TraceRowView } from './trace-row-view.tsx'
import classes from './trace-view.module.css'

/** What happened in a run, as a tree on a line of time. A row that is chosen shows what went in and came out. */
export function TraceView({ run }: { readonly run: RunDetail }) {
  const active = !isOver(run.status)
  const now = useNow(500, active)
  const root = useMemo(() => buildTrace(run), [run])
  const scale = createTimeScale(root, now)
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const [selectedId, setSelectedId] = useState<string>()
  const rows = visibleRows(root, closed)
  const selected = rows.find(({ node }) => node.id === selectedId)?.node
  const wide = useMediaQuery('(min-width: 75em)', true, { getInitialValueInEffect: false })
  const grid = useRef<HTMLDivElement>(null)

  const setOpen = (node: TraceNode, open: boolean) =>
    setClosed((before) => new Set(open ? [...before].filter((id) => id !== node.id) : [...before, node.id]))

  const focusRow = (index: number) =>
    grid.current?.querySelectorAll<HTMLElement>('[data-row]')[Math.min(Math.max(index, 0), rows.length - 1)]?.focus()

  /** The keys of a tree grid: https://www.w3.org/WAI/ARIA/apg/patterns/treegrid/ */
  const onKeyDown = (event: KeyboardEvent, index: number) => {
    const row = rows[index]
    if (!row) return
    const { node, depth } = row
    const open = node.children.length > 0 && !closed.has(node.id)
    const parent = rows.findLastIndex((other, position) => position < index && other.depth < depth)
    const actions: Readonly<Record<string, () => void>> = {
      ArrowDown: () => focusRow(index + 1),
      ArrowUp: () => focusRow(index - 1),
      ArrowRight: () => (node.children.length > 0 && !open ? setOpen(node, true) : focusRow(index + 1)),
      ArrowLeft: () => (open ? setOpen(node, false) : focusRow(parent)),
      Home: () => focusRow(0),
      End: () => focusRow(rows.length - 1),
      Enter: () => setSelectedId(node.id),
      ' ': () => setSelectedId(node.id),
    }
    const action = actions[event.key]
    if (!action) return
    event.preventDefault()
    action()
  }

  return (
    <div className={classes['layout']} data-details={(selected !== undefined && wide) || undefined}>
      <Paper withBorder radius="md" style={{ overflow: 'hidden' }}>
        <div role="treegrid" aria-label="Trace of the run" ref={grid}>
          <div role="row" className={classes['head']}>
            <span role="columnheader">What</span>
            <span role="columnheader" data-number>
              Tokens
            </span>
            <span role="columnheader" data-number>
              Cost
            </span>
            <span role="columnheader" data-number>
              Duration
            </span>
            <span role="columnheader">Time</span>
          </div>
          {rows.map(({ node, depth }, index) => (
            <TraceRowView
              key={node.id}
              node={node}
              depth={depth}
              scale={scale}
              now={now}
              open={node.children.length === 0 ? undefined : !closed.has(node.id)}
              selected={node.id === selectedId}
              reachable={selected ? node.id === selectedId : index === 0}
              onToggle={() => setOpen(node, closed.has(node.id))}
              onSelect={() => setSelectedId(node.id)}
              onKeyDown={(event) => onKeyDown(event, index)}
            />
          ))}
        </div>
        {active && root.children.length === 0 && (
          <Text size="sm" c="dimmed" p="md">
            The first step appears here as soon as a worker has taken the run.
          </Text>
        )}
      </Paper>
      {selected && wide && (
        <Paper withBorder radius="md" className={classes['details']} component="aside" aria-label="Details">
          <ScrollArea.Autosize mah="calc(100dvh - 88px)" type="auto">
            <TraceDetails key={selected.id} node={selected} onClose={() => setSelectedId(undefined)} />
          </ScrollArea.Autosize>
        </Paper>
      )}
      {!wide && (
        <Drawer
          opened={selected !== undefined}
          onClose={() => setSelectedId(undefined)}
          position="bottom"
          size="85%"
          withCloseButton={false}
          padding={0}
          aria-label="Details"
        >
          {selected && <TraceDetails key={selected.id} node={selected} onClose={() => setSelectedId(undefined)} />}
        </Drawer>
      )}
    </div>
  )
}
