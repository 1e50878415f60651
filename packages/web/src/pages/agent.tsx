import { type AgentSettings, routes } from '@neonhub/contract'
import { Anchor, Button, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { PolicySection } from '../agent-settings/policy-section.tsx'
import { PromptSection } from '../agent-settings/prompt-section.tsx'
import { AgentMetrics } from '../agents/agent-metrics.tsx'
import { agentSettingsQuery, promptsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

const route = getRouteApi('/app/agents/$agentName')

export function AgentPage() {
  const { api } = useServices()
  const { agentName } = route.useParams()
  const settings = useQuery(agentSettingsQuery(api, agentName))
  const prompts = useQuery(promptsQuery(api, agentName))
  const error = settings.error ?? prompts.error
  return (
    <Stack maw={860}>
      <Anchor component={Link} to="/agents" size="sm">
        All agents
      </Anchor>
      {error && <ProblemNotice title="The agent could not be read" error={error} />}
      {settings.isPending && <Skeleton height={320} radius="md" aria-label="Loading the agent" />}
      {settings.data && (
        <>
          <PageHeader
            title={agentName}
            description={settings.data.status === 'paused' ? 'Paused: nothing new is asked of it.' : 'What is set here'}
            actions={<PauseButton settings={settings.data} />}
          />
          <Section title="Last thirty days">
            <AgentMetrics agent={agentName} />
          </Section>
          <Section title="Policy">
            <PolicySection settings={settings.data} />
          </Section>
          <Section title="Configuration">
            <Configurations settings={settings.data} />
          </Section>
        </>
      )}
      {prompts.data && (
        <Section title="Prompts">
          <PromptSection prompts={prompts.data.prompts} />
        </Section>
      )}
    </Stack>
  )
}

function PauseButton({ settings: { name, status } }: { readonly settings: AgentSettings }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const isPaused = status === 'paused'
  const toggle = useMutation({
    mutationFn: () => api.call(isPaused ? routes.resumeAgent : routes.pauseAgent, { params: { name } }),
    onSuccess: () =>
      Promise.all([
        queryClient.invalidateQueries({ queryKey: ['agent-settings', name] }),
        queryClient.invalidateQueries({ queryKey: ['agents'] }),
      ]),
    onError: notifyFailure('The agent was not changed'),
  })
  if (!may('agents:manage')) return null
  return (
    <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
      {isPaused ? 'Let it be asked again' : 'Pause it'}
    </Button>
  )
}

function Configurations({ settings: { name, configurations } }: { readonly settings: AgentSettings }) {
  return (
    <Stack gap="xs">
      {configurations.length === 0 && <Text size="sm">It asks models with the installation’s settings.</Text>}
      {configurations.map(
        ({ version, brand, model, fallbackModels, temperature, maxOutputTokens, actor, createdAt }) => (
          <Text key={version} size="sm">
            {brand === undefined ? '' : `For ${brand}: `}
            {[
              model ?? 'the installation’s model',
              ...(fallbackModels === undefined ? [] : fallbackModels.map((one) => `else ${one}`)),
              ...(fallbackModels?.length === 0 ? ['no fallback'] : []),
              ...(temperature === undefined ? [] : [`temperature ${temperature}`]),
              ...(maxOutputTokens === undefined ? [] : [`at most ${maxOutputTokens} tokens`]),
            ].join(', ')}
            <Text span size="xs" c="dimmed">
              {' '}
              version {version} by {actor}, <Moment at={createdAt} />
            </Text>
          </Text>
        ),
      )}
      <Text size="xs" c="dimmed">
        Change it: neonhub agents configure {name} --model PROVIDER:MODEL
      </Text>
    </Stack>
  )
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="section" aria-label={title}>
      <Title order={2} mb="sm">
        {title}
      </Title>
      {children}
    </Paper>
  )
}
