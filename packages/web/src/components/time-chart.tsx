import { Group, Text } from '@mantine/core'
import { chartColors, dashOf, heightOf } from './chart-scale.ts'
import classes from './time-chart.module.css'

interface ChartLine {
  readonly label: string
  /** As many as there are buckets. */
  readonly values: readonly number[]
}

interface TimeChartProps {
  /** What the chart shows, for those who hear it. */
  readonly label: string
  /** When each value begins, as people read it. */
  readonly buckets: readonly string[]
  /** The first eight are drawn; the figures stand in words beside the chart as well. */
  readonly lines: readonly ChartLine[]
  readonly format: (value: number) => string
}

const width = 760
const height = 220
const left = 64
const bottom = 24
const top = 10

/** Values over time as lines. Lines differ by their dashes as well as their colours (WCAG 2.2, 1.4.1). */
export function TimeChart({ label, buckets, lines, format }: TimeChartProps) {
  const drawn = lines.slice(0, chartColors.length)
  const lowest = Math.min(0, ...drawn.flatMap(({ values }) => values))
  const highest = heightOf(Math.max(0, ...drawn.flatMap(({ values }) => values)), lowest)
  const step = (width - left) / Math.max(1, buckets.length)
  const x = (index: number) => left + step * (index + 0.5)
  const y = (value: number) => top + (height - top - bottom) * (1 - (value - lowest) / (highest - lowest))
  return (
    <div>
      <svg className={classes['chart']} viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
        {[lowest, (lowest + highest) / 2, highest].map((value) => (
          <g key={value}>
            <line className={classes['grid']} x1={left} x2={width} y1={y(value)} y2={y(value)} />
            <text className={classes['label']} x={left - 8} y={y(value) + 4} textAnchor="end">
              {format(value)}
            </text>
          </g>
        ))}
        {shownLabels(buckets.length).map((index) => (
          <text key={index} className={classes['label']} x={x(index)} y={height - 6} textAnchor="middle">
            {buckets[index]}
          </text>
        ))}
        {buckets.map((bucket, index) => (
          <rect
            key={bucket}
            className={classes['column']}
            x={left + step * index}
            y={top}
            width={step}
            height={height - top - bottom}
          >
            <title>
              {[bucket, ...drawn.map((line) => `${line.label}: ${format(line.values[index] ?? 0)}`)].join('\n')}
            </title>
          </rect>
        ))}
        <g pointerEvents="none">
          {drawn.map((line, index) => (
            <polyline
              // Two campaigns may have one name.
              key={index}
              className={classes['line']}
              stroke={chartColors[index]}
              strokeDasharray={dashOf(index)}
              points={pointsOf(line.values, { x, y })}
            />
          ))}
        </g>
      </svg>
      {drawn.length > 1 && <Legend lines={drawn} />}
    </div>
  )
}

function Legend({ lines }: { readonly lines: readonly ChartLine[] }) {
  return (
    <Group gap="md" mt="xs">
      {lines.map((line, index) => (
        <Group key={index} gap={6}>
          <span
            className={classes['key']}
            style={{
              borderColor: chartColors[index],
              borderTopStyle: dashOf(index) === undefined ? 'solid' : 'dashed',
            }}
          />
          <Text size="xs">{line.label}</Text>
        </Group>
      ))}
    </Group>
  )
}

/** One value is a short line, since a point would not be seen. */
function pointsOf(
  values: readonly number[],
  { x, y }: { readonly x: (index: number) => number; readonly y: (value: number) => number },
): string {
  const [only] = values
  if (values.length === 1 && only !== undefined) return `${x(0) - 12},${y(only)} ${x(0) + 12},${y(only)}`
  return values.map((value, index) => `${x(index).toFixed(1)},${y(value).toFixed(1)}`).join(' ')
}

/** Which of so many labels there is room for. */
function shownLabels(count: number): readonly number[] {
  const every = Math.max(1, Math.ceil(count / 8))
  return Array.from({ length: Math.ceil(count / every) }, (_, index) => index * every)
}
