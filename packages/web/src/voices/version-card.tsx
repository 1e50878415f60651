import { type ModelVersion, routes } from '@neonhub/contract'
import {
  Accordion,
  Badge,
  Blockquote,
  Button,
  Group,
  List,
  Paper,
  Stack,
  Text,
  Title,
  VisuallyHidden,
} from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'
import { EvaluationTable } from './evaluation-table.tsx'

/** A version of a brand's voice: what it learned, how it compares, and the way to use it. */
export function VersionCard({ version }: { readonly version: ModelVersion }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const { id, number, state, measures, rules, examples, voiceVersion, createdAt } = version
  const activate = useMutation({
    mutationFn: () => api.call(routes.activateModelVersion, { params: { id } }),
    onSuccess: () => {
      notifyDone(`Agents speak by version ${number} from now on.`)
      return Promise.all(
        ['model-versions', 'notifications'].map((key) => queryClient.invalidateQueries({ queryKey: [key] })),
      )
    },
    onError: notifyFailure('The version could not be activated'),
  })
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article" aria-label={`Version ${number}`}>
      <Stack gap="sm">
        <Group justify="space-between" gap="sm">
          <Group gap="sm">
            <Title order={2} size="h4">
              Version {number}
            </Title>
            <Status status={state} />
            {voiceVersion !== undefined && (
              <Badge variant="default" tt="none">
                runs name it voice {voiceVersion}
              </Badge>
            )}
          </Group>
          {may('brands:write') && state !== 'active' && (
            <Button
              size="xs"
              variant={state === 'candidate' ? 'filled' : 'default'}
              loading={activate.isPending}
              onClick={() => activate.mutate()}
            >
              {state === 'candidate' ? 'Use it' : 'Go back to it'}
              <VisuallyHidden>: version {number}</VisuallyHidden>
            </Button>
          )}
        </Group>
        <Text size="sm" c="dimmed" component="div">
          {measures === undefined ? 'The voice as people wrote it, with nothing learned. ' : 'Learned '}
          {measures !== undefined && <Moment at={createdAt} />}
        </Text>
        {measures !== undefined && (
          <>
            <EvaluationTable evaluation={measures.evaluation} />
            <Accordion variant="contained" chevronPosition="left">
              <Accordion.Item value="learned">
                <Accordion.Control>What it learned</Accordion.Control>
                <Accordion.Panel>
                  <Stack gap="sm">
                    <List size="sm">
                      {rules.map((rule) => (
                        <List.Item key={rule}>{rule}</List.Item>
                      ))}
                    </List>
                    {measures.terms.length > 0 && (
                      <Group gap={6}>
                        {measures.terms.map(({ term }) => (
                          <Badge key={term} variant="default" tt="none">
                            {term}
                          </Badge>
                        ))}
                      </Group>
                    )}
                    {examples.map((example) => (
                      <Blockquote key={example} p="sm">
                        <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                          {example}
                        </Text>
                      </Blockquote>
                    ))}
                  </Stack>
                </Accordion.Panel>
              </Accordion.Item>
            </Accordion>
          </>
        )}
      </Stack>
    </Paper>
  )
}
