import type { Budget, BudgetWindow } from '@neonhub/contract'
import { Accordion, Badge, Code, Group, Paper, Progress, Skeleton, Stack, Table, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { budgetEntriesQuery, budgetsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { Moment } from '../components/moment.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { formatCost } from '../format/cost.ts'
import { BudgetIcon } from '../icons.tsx'
import { LimitSection } from '../limits/limit-section.tsx'

export function BudgetsPage() {
  const { api } = useServices()
  const query = useQuery(budgetsQuery(api))
  return (
    <>
      <PageHeader
        title="Budgets & limits"
        description="What may be spent, and what is spent and held of it. A call beyond waits, or is refused."
      />
      <Stack maw={860}>
        {query.error && (
          <ProblemNotice
            title="The budgets could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={160} radius="md" aria-label="Loading the budgets" />}
        {query.data?.budgets.map((budget) => (
          <BudgetCard key={budget.id} budget={budget} />
        ))}
        {query.data?.budgets.length === 0 && (
          <EmptyState icon={BudgetIcon} title="Nothing is limited by a budget">
            Set one with <Code>npx neonhub budgets set mail-a-day --limits sends --period daily --amount 500</Code>.
          </EmptyState>
        )}
        <LimitSection />
      </Stack>
    </>
  )
}

const subjects = {
  organization: () => 'everything',
  brand: ({ brand }: Budget) => `brand ${brand ?? ''}`,
  campaign: ({ campaignId }: Budget) => `campaign ${campaignId ?? ''}`,
  agent: ({ agent }: Budget) => agent ?? '',
  run: () => 'each run',
}
const limitNames = {
  llm_cost: 'cost of models',
  sends: 'messages',
  tool_cost: 'cost of tools',
  ad_spend: 'spend on ads',
}
const periodNames = { daily: 'a day', monthly: 'a month', total: 'in total' }

function formatAmount(amount: number, { currency }: Pick<Budget, 'currency'>): string {
  return currency === undefined ? amount.toLocaleString() : formatCost(amount, { currency })
}

function BudgetCard({ budget }: { readonly budget: Budget }) {
  const [isOpen, setIsOpen] = useState(false)
  const { name, scope, limits, period, amount, windows, allowsUnpriced } = budget
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Group gap="xs" mb={4}>
        <Title order={2}>{name}</Title>
        <Badge variant="default" tt="none" fw={500}>
          {subjects[scope](budget)}
        </Badge>
      </Group>
      <Text size="sm" mb="md">
        {formatAmount(amount, budget)} {periodNames[period]}, {limitNames[limits]}
        {allowsUnpriced ? '; calls whose price is not known count nothing' : ''}
      </Text>
      <Stack gap="sm" mb="md">
        {windows.slice(0, 5).map((window) => (
          <WindowBar key={window.id} budget={budget} window={window} />
        ))}
        {windows.length === 0 && (
          <Text size="sm" c="dimmed">
            Nothing has been asked of it yet.
          </Text>
        )}
      </Stack>
      <Accordion variant="contained" chevronPosition="left" onChange={(value) => setIsOpen(value !== null)}>
        <Accordion.Item value="ledger">
          <Accordion.Control>Ledger</Accordion.Control>
          <Accordion.Panel>{isOpen && <Ledger budget={budget} />}</Accordion.Panel>
        </Accordion.Item>
      </Accordion>
    </Paper>
  )
}

function WindowBar({ budget, window }: { readonly budget: Budget; readonly window: BudgetWindow }) {
  const { amount, spent, reserved, sandbox, endsAt, runId } = window
  const share = (part: number) => (amount > 0 ? Math.min(100, (part / amount) * 100) : 100)
  const state = `${formatAmount(spent, budget)} spent, ${formatAmount(reserved, budget)} held, of ${formatAmount(amount, budget)}`
  return (
    <div>
      <Group gap="xs" justify="space-between" mb={4}>
        <Text size="sm">{state}</Text>
        <Text size="xs" c="dimmed">
          {sandbox ? 'sandbox ' : ''}
          {runId === undefined ? '' : `run ${runId} `}
          {endsAt !== undefined && (
            <>
              ends <Moment at={endsAt} />
            </>
          )}
        </Text>
      </Group>
      <Progress.Root size="lg" aria-label={state}>
        <Progress.Section value={share(spent)} color={spent + reserved >= amount ? 'red.8' : 'blue.7'} />
        <Progress.Section value={share(reserved)} color="yellow.6" striped />
      </Progress.Root>
    </div>
  )
}

function Ledger({ budget }: { readonly budget: Budget }) {
  const { api } = useServices()
  const { data, error, refetch } = useQuery(budgetEntriesQuery(api, budget.id))
  if (error) {
    return <ProblemNotice title="The ledger could not be read" error={error} onRetry={() => void refetch()} />
  }
  if (!data) return <Skeleton height={80} aria-label="Loading the ledger" />
  return (
    <Table.ScrollContainer minWidth={560}>
      <Table>
        <Table.Thead>
          <Table.Tr>
            {['When', 'What', 'How much', 'Spent', 'Held', 'By'].map((head) => (
              <Table.Th key={head}>{head}</Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {data.entries.map((entry) => (
            <Table.Tr key={`${entry.windowId} ${entry.sequence}`}>
              <Table.Td>
                <Moment at={entry.createdAt} />
              </Table.Td>
              <Table.Td>{entry.type}</Table.Td>
              <Table.Td>{formatAmount(entry.amount, budget)}</Table.Td>
              <Table.Td>{formatAmount(entry.spent, budget)}</Table.Td>
              <Table.Td>{formatAmount(entry.reserved, budget)}</Table.Td>
              <Table.Td>{entry.actor ?? (entry.runId === undefined ? '' : `run ${entry.runId}`)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Table.ScrollContainer>
  )
}
