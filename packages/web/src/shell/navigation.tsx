import { Badge, Divider, NavLink, type NavLinkProps, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { createLink } from '@tanstack/react-router'
import type { ComponentProps } from 'react'
import { approvalsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import {
  AgentIcon,
  BrandIcon,
  BudgetIcon,
  ApprovalsIcon,
  ConnectionIcon,
  EvalIcon,
  KeyIcon,
  MetricIcon,
  MemoryIcon,
  ModelIcon,
  MembersIcon,
  PeopleIcon,
  RunsIcon,
  ScheduleIcon,
  TaskIcon,
  VoiceIcon,
  WebhookIcon,
} from '../icons.tsx'
import { useMe } from './use-me.ts'

// Without the wrapper its type would be that of any element.
const RouterNavLink = createLink((props: NavLinkProps & Omit<ComponentProps<'a'>, keyof NavLinkProps>) => (
  <NavLink component="a" {...props} />
))

/** The way between pages. Pages that the user may not read are left out. */
export function Navigation({ onNavigate }: { readonly onNavigate: () => void }) {
  const { may, organization } = useMe()
  if (!organization) return null
  return (
    <Stack component="nav" gap={4} aria-label="Pages">
      {may('runs:read') && (
        <>
          <RouterNavLink to="/runs" label="Runs" leftSection={<RunsIcon />} onClick={onNavigate} />
          <RouterNavLink
            to="/approvals"
            label="Approvals"
            leftSection={<ApprovalsIcon />}
            rightSection={<PendingCount />}
            onClick={onNavigate}
          />
        </>
      )}
      {may('tasks:read') && <RouterNavLink to="/tasks" label="Tasks" leftSection={<TaskIcon />} onClick={onNavigate} />}
      <Divider my="xs" />
      {may('runs:read') && (
        <RouterNavLink to="/agents" label="Agents" leftSection={<AgentIcon />} onClick={onNavigate} />
      )}
      {may('runs:read') && <RouterNavLink to="/evals" label="Evals" leftSection={<EvalIcon />} onClick={onNavigate} />}
      {may('brands:read') && (
        <RouterNavLink to="/brands" label="Brands" leftSection={<BrandIcon />} onClick={onNavigate} />
      )}
      {may('brands:read') && (
        <RouterNavLink to="/memories" label="Memories" leftSection={<MemoryIcon />} onClick={onNavigate} />
      )}
      {may('brands:read') && (
        <RouterNavLink to="/voices" label="Voices" leftSection={<VoiceIcon />} onClick={onNavigate} />
      )}
      {may('schedules:read') && (
        <RouterNavLink to="/schedules" label="Schedules" leftSection={<ScheduleIcon />} onClick={onNavigate} />
      )}
      {may('people:read') && (
        <RouterNavLink to="/people" label="People" leftSection={<PeopleIcon />} onClick={onNavigate} />
      )}
      {may('connections:read') && (
        <RouterNavLink to="/connections" label="Connections" leftSection={<ConnectionIcon />} onClick={onNavigate} />
      )}
      {may('connections:read') && (
        <RouterNavLink to="/models" label="Models" leftSection={<ModelIcon />} onClick={onNavigate} />
      )}
      {may('budgets:read') && (
        <RouterNavLink to="/budgets" label="Budgets & limits" leftSection={<BudgetIcon />} onClick={onNavigate} />
      )}
      {may('metrics:read') && (
        <RouterNavLink to="/measurements" label="Metrics" leftSection={<MetricIcon />} onClick={onNavigate} />
      )}
      {may('webhooks:read') && (
        <RouterNavLink to="/webhooks" label="Webhooks" leftSection={<WebhookIcon />} onClick={onNavigate} />
      )}
      {may('members:read') && (
        <RouterNavLink to="/members" label="Members & roles" leftSection={<MembersIcon />} onClick={onNavigate} />
      )}
      {may('api_keys:manage') && (
        <RouterNavLink to="/api-keys" label="API keys" leftSection={<KeyIcon />} onClick={onNavigate} />
      )}
    </Stack>
  )
}

function PendingCount() {
  const { api } = useServices()
  const { data } = useQuery(approvalsQuery(api, 'pending'))
  const count = data?.approvals.length ?? 0
  if (count === 0) return null
  const text = data?.nextBefore === undefined ? String(count) : `${count}+`
  return (
    <Badge size="sm" circle={count < 10} aria-label={`${text} waiting`}>
      {text}
    </Badge>
  )
}
