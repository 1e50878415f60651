import type { RecordedError } from '@neonhub/contract'
import { Text } from '@mantine/core'
import { WarningIcon } from '../icons.tsx'
import { Notice } from './notice.tsx'

/** What a run, step or call kept of its failure. */
export function RecordedErrorNotice({ error }: { readonly error: RecordedError }) {
  return (
    <Notice tone="bad" icon={WarningIcon} title={error.message}>
      {error.hint !== undefined && <Text size="sm">{error.hint}</Text>}
      <Text size="xs" c="dimmed" mt={2}>
        {error.code} · {error.retryable ? 'may succeed when tried again' : 'will not succeed without a change'}
      </Text>
    </Notice>
  )
}
