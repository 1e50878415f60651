import { ActionIcon, Box, Code, CopyButton, Group, ScrollArea, Text, Tooltip } from '@mantine/core'
import { CheckIcon, CopyIcon } from '../icons.tsx'

interface JsonViewProps {
  readonly label: string
  readonly value: unknown
}

/** A value as text, to read and to copy. A string stands as it is, so that its lines can be read. */
export function JsonView({ label, value }: JsonViewProps) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2)
  return (
    <Box>
      <Group justify="space-between" mb={4}>
        <Text size="xs" fw={600} c="dimmed">
          {label}
        </Text>
        <CopyButton value={text}>
          {({ copied, copy }) => (
            <Tooltip label={copied ? 'Copied' : 'Copy'}>
              <ActionIcon size="sm" variant="subtle" color="gray" onClick={copy} aria-label={`Copy ${label}`}>
                {copied ? <CheckIcon size={14} /> : <CopyIcon size={14} />}
              </ActionIcon>
            </Tooltip>
          )}
        </CopyButton>
      </Group>
      <ScrollArea.Autosize mah={360} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': label }}>
        <Code block style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {text}
        </Code>
      </ScrollArea.Autosize>
    </Box>
  )
}
