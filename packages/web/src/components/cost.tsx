import { Badge, Text } from '@mantine/core'
import { formatCost } from '../format/cost.ts'

interface CostProps {
  readonly costMicros: number
  readonly currency?: string | undefined
  /** Whether the sandbox answered, so that nothing could cost anything. */
  readonly sandbox?: boolean | undefined
}

/** What something cost; says `sandbox` where no model was asked. */
export function Cost({ costMicros, currency, sandbox = false }: CostProps) {
  if (costMicros === 0 && sandbox) return <SandboxBadge />
  return (
    <Text span size="sm" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {costMicros === 0 ? '–' : formatCost(costMicros, { currency })}
    </Text>
  )
}

export const SandboxBadge = () => (
  <Badge variant="default" size="sm" tt="none" fw={500} title="Answered by the built-in sandbox, not by a real service">
    sandbox
  </Badge>
)
