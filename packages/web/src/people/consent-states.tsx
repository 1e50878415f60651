import type { Person } from '@neonhub/contract'
import { Stack, Text } from '@mantine/core'
import { Status } from '../components/status.tsx'
import { StopIcon } from '../icons.tsx'

/** What counts for each address now, and what stops it whatever was agreed to. */
export function ConsentStates({ person: { consents, identities } }: { readonly person: Person }) {
  const stopped = identities.filter(({ suppressed }) => suppressed !== undefined)
  if (consents.length === 0 && stopped.length === 0) {
    return (
      <Text span size="sm" c="dimmed">
        Never asked
      </Text>
    )
  }
  return (
    <Stack gap={2}>
      {consents.map(({ address, channel, purpose, status }) => (
        <span key={`${address} ${purpose}`}>
          <Status status={status} />{' '}
          <Text span size="sm" c="dimmed">
            {purpose}, {identities.length > 1 ? address : channel}
          </Text>
        </span>
      ))}
      {stopped.map(({ id, address, channel, suppressed }) => (
        <Text key={id} span size="sm" c="dimmed">
          <StopIcon size={14} /> Nothing goes out to {identities.length > 1 ? address : `them by ${channel}`}:{' '}
          {suppressed}
        </Text>
      ))}
    </Stack>
  )
}
