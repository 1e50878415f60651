import type { ActionPreview } from '@neonhub/contract'
import { Badge, Box, Group, ScrollArea, Stack, Text } from '@mantine/core'
import classes from './preview-view.module.css'

/** What an action will do, as it was or will be sent: its text stands as it is, never as HTML. */
export function PreviewView({ preview }: { readonly preview: ActionPreview }) {
  const { title, recipients, body } = preview
  return (
    <Stack gap="xs">
      <Text fw={600} style={{ overflowWrap: 'anywhere' }}>
        {title}
      </Text>
      {recipients.length > 0 && (
        <Group gap={6} component="ul" aria-label="Recipients" className={classes['recipients']}>
          {recipients.map((recipient) => (
            <li key={recipient}>
              <Badge variant="default" size="lg" tt="none" fw={400} className={classes['recipient']}>
                {recipient}
              </Badge>
            </li>
          ))}
        </Group>
      )}
      {body !== '' && (
        <Box className={classes['body']}>
          <ScrollArea.Autosize mah={340} type="auto" viewportProps={{ tabIndex: 0, 'aria-label': 'Text' }}>
            <div className={classes['text']}>{body}</div>
          </ScrollArea.Autosize>
        </Box>
      )}
    </Stack>
  )
}
