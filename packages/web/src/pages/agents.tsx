import type { Agent } from '@neonhub/contract'
import { Accordion, Anchor, Badge, Box, DataList, Group, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { StartRunButton } from '../agents/start-run-button.tsx'
import { agentsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { Fact } from '../components/fact.tsx'
import { JsonView } from '../components/json-view.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { formatCost } from '../format/cost.ts'
import { AgentIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'

export function AgentsPage() {
  const { api } = useServices()
  const query = useQuery(agentsQuery(api))
  return (
    <>
      <PageHeader title="Agents" description="What each can be asked, and what it may do. All else is forbidden." />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The agents could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={220} radius="md" aria-label="Loading the agents" />}
        {query.data?.agents.map((agent) => (
          <AgentCard key={agent.name} agent={agent} />
        ))}
        {query.data?.agents.length === 0 && (
          <EmptyState icon={AgentIcon} title="No agents are installed">
            Agents come with the server. Ask whoever runs it to bring it to the current version.
          </EmptyState>
        )}
      </Stack>
    </>
  )
}

function AgentCard({ agent: { name, description, kind, status, intents, policy } }: { readonly agent: Agent }) {
  const { may } = useMe()
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Group gap="xs" mb={4}>
        <Title order={2}>{name}</Title>
        <Badge variant="default" tt="none" fw={500}>
          {kind}
        </Badge>
        {status === 'paused' && <Badge color="yellow.9">paused</Badge>}
        <Anchor
          size="sm"
          ml="auto"
          renderRoot={(props) => <Link to="/agents/$agentName" params={{ agentName: name }} {...props} />}
        >
          Policy, configuration and prompts
        </Anchor>
      </Group>
      <Text size="sm" mb="md">
        {description}
      </Text>
      <DataList gap={6} labelWidth="130px" mb="md">
        <Fact name="May use">{wordsOf(policy.tools)}</Fact>
        <Fact name="May ask">{wordsOf(policy.agents)}</Fact>
        <Fact name="Without approval">{wordsOf(policy.withoutApproval)}</Fact>
        <Fact name="Spends at most">{formatCost(policy.maxCostMicros)} a run</Fact>
      </DataList>
      <Accordion variant="contained" chevronPosition="left">
        {intents.map((intent) => (
          <Accordion.Item key={intent.name} value={intent.name}>
            <Accordion.Control>
              <Text size="sm" fw={600}>
                {intent.name}
              </Text>
              <Text size="sm" c="dimmed">
                {intent.description}
              </Text>
            </Accordion.Control>
            <Accordion.Panel>
              <Stack align="flex-start">
                {may('runs:write') && <StartRunButton agent={name} intent={intent} />}
                <Box w="100%">
                  <JsonView label="Schema of the input" value={intent.input} />
                </Box>
              </Stack>
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Paper>
  )
}

const wordsOf = (names: readonly string[]) => (names.length === 0 ? 'nothing' : names.join(', '))
