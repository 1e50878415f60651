import { type AgentPrompt, type PromptVersion, routes } from '@neonhub/contract'
import { Accordion, Alert, Box, Button, Code, Group, Stack, Text } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { Status } from '../components/status.tsx'
import { useMe } from '../shell/use-me.ts'
import { diffWords } from './diff-words.ts'

/** The prompts of an agent: the code's texts, and what the organization's own versions change of them. */
export function PromptSection({ prompts }: { readonly prompts: readonly AgentPrompt[] }) {
  if (prompts.length === 0) return <Text size="sm">It asks no model by itself.</Text>
  return (
    <Accordion variant="contained" chevronPosition="left">
      {prompts.map((prompt) => (
        <Accordion.Item key={`${prompt.intent} ${prompt.key}`} value={`${prompt.intent} ${prompt.key}`}>
          <Accordion.Control>
            <Text size="sm" fw={600}>
              {prompt.intent}: {prompt.key}
            </Text>
            <Text size="sm" c="dimmed">
              {prompt.activeVersion === 0 ? 'The code’s text is asked.' : `Version ${prompt.activeVersion} is asked.`}
            </Text>
          </Accordion.Control>
          <Accordion.Panel>
            <PromptView prompt={prompt} />
          </Accordion.Panel>
        </Accordion.Item>
      ))}
    </Accordion>
  )
}

function PromptView({ prompt }: { readonly prompt: AgentPrompt }) {
  const { agent, intent, key, codeTask, values, activeVersion, codeChanged, versions } = prompt
  const { may } = useMe()
  const change = useChange(prompt)
  return (
    <Stack>
      {codeChanged && (
        <Alert color="yellow">The code’s text has changed since the active version was written: compare them.</Alert>
      )}
      <Box>
        <Text size="sm" fw={600}>
          Version 0, the code’s
        </Text>
        <Code block style={{ whiteSpace: 'pre-wrap' }}>
          {codeTask}
        </Code>
        {Object.entries(values).map(([name, meaning]) => (
          <Text key={name} size="xs" c="dimmed">
            {`{${name}}`}: {meaning}
          </Text>
        ))}
      </Box>
      {versions.map((version) => (
        <VersionView
          key={version.version}
          version={version}
          codeTask={codeTask}
          onActivate={
            may('agents:manage') && version.status !== 'active' ? () => change.mutate(version.version) : undefined
          }
        />
      ))}
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          Write one: neonhub prompts set {agent} {intent} &quot;{key}&quot; --file FILE
        </Text>
        {activeVersion !== 0 && may('agents:manage') && (
          <Button size="xs" variant="default" loading={change.isPending} onClick={() => change.mutate(0)}>
            Back to the code’s text
          </Button>
        )}
      </Group>
    </Stack>
  )
}

/** Asks a version from now on; 0 is the code's text. */
function useChange({ agent, intent, key }: AgentPrompt) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  return useMutation({
    mutationFn: (version: number) =>
      version === 0
        ? api.call(routes.revertPrompt, { body: { agent, intent, key } })
        : api.call(routes.activatePrompt, { body: { agent, intent, key, version } }),
    onSuccess: ({ activeVersion }) => {
      notifyDone(activeVersion === 0 ? 'The code’s text is asked from now on.' : `Version ${activeVersion} is asked.`)
      return queryClient.invalidateQueries({ queryKey: ['prompts', agent] })
    },
    onError: notifyFailure('The prompt was not changed'),
  })
}

interface VersionViewProps {
  readonly version: PromptVersion
  readonly codeTask: string
  readonly onActivate: (() => void) | undefined
}

function VersionView({ version, codeTask, onActivate }: VersionViewProps) {
  const { status, task, note, actor, createdAt, calls } = version
  return (
    <Box component="section" aria-label={`Version ${version.version}`}>
      <Group gap="xs">
        <Text size="sm" fw={600}>
          Version {version.version}
        </Text>
        <Status status={status} />
        {onActivate && (
          <Button size="compact-xs" variant="default" onClick={onActivate}>
            Ask this one
          </Button>
        )}
      </Group>
      <Code block style={{ whiteSpace: 'pre-wrap' }}>
        {diffWords(codeTask, task).map(({ kind, text }, index) => {
          if (kind === 'added') return <ins key={index}>{text}</ins>
          return kind === 'removed' ? <del key={index}>{text}</del> : <span key={index}>{text}</span>
        })}
      </Code>
      <Text size="xs" c="dimmed">
        by {actor}, <Moment at={createdAt} />, answered {calls === 1 ? 'once' : `${calls} times`}
        {note === '' ? '' : `: ${note}`}
      </Text>
    </Box>
  )
}
