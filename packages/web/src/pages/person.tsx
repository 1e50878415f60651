import type { PersonDetail, PersonEvent } from '@neonhub/contract'
import { Anchor, Box, DataList, Paper, Skeleton, Stack, Text, Title } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { personQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Fact } from '../components/fact.tsx'
import { Moment } from '../components/moment.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { Status } from '../components/status.tsx'
import { statusText } from '../format/run-status.ts'
import { ConsentStates } from '../people/consent-states.tsx'
import { nameOf } from '../people/name-of.ts'
import { Objectives } from '../people/objectives.tsx'

const route = getRouteApi('/app/people/$personId')

export function PersonPage() {
  const { api } = useServices()
  const { personId } = route.useParams()
  const query = useQuery(personQuery(api, personId))
  return (
    <Stack maw={860}>
      <Anchor component={Link} to="/people" size="sm">
        All people
      </Anchor>
      {query.error && (
        <ProblemNotice title="The person could not be read" error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Skeleton height={320} radius="md" aria-label="Loading the person" />}
      {query.data && <PersonView person={query.data} />}
    </Stack>
  )
}

function PersonView({ person }: { readonly person: PersonDetail }) {
  const { identities, language, topics, createdAt, ledger, timeline, notes } = person
  return (
    <>
      <PageHeader title={nameOf(person)} description={identities.map(({ address }) => address).join(', ')} />
      <Section title="What counts now">
        <ConsentStates person={person} />
        <DataList mt="md" size="sm">
          <Fact name="Topics">{topics.join(', ') || '–'}</Fact>
          <Fact name="Language">{language ?? '–'}</Fact>
          <Fact name="Added">
            <Moment at={createdAt} />
          </Fact>
        </DataList>
      </Section>
      <Section title="Objectives">
        <Objectives person={person} />
      </Section>
      <Section title="Consents">
        <Entries empty="Nothing was ever asked or said.">
          {ledger.map(({ id, status, purpose, address, source, evidence, actor, recordedAt }) => (
            <Box key={id}>
              <Status status={status} />{' '}
              <Text span size="sm">
                {purpose}, {address}
              </Text>
              <Text size="sm">{evidence.text ?? evidence.document ?? evidence.form}</Text>
              <Text size="xs" c="dimmed">
                by {source}, {actor}, <Moment at={recordedAt} />
              </Text>
            </Box>
          ))}
        </Entries>
      </Section>
      <Section title="Timeline">
        <Entries empty="Nothing has happened yet.">
          {timeline.map((event) => (
            <TimelineEntry key={event.id} event={event} />
          ))}
        </Entries>
      </Section>
      {notes.length > 0 && (
        <Section title="Notes">
          <Entries empty="">
            {notes.map(({ id, body, author, createdAt: writtenAt }) => (
              <Box key={id}>
                <Text size="sm" style={{ whiteSpace: 'pre-wrap' }}>
                  {body}
                </Text>
                <Text size="xs" c="dimmed">
                  {author}, <Moment at={writtenAt} />
                </Text>
              </Box>
            ))}
          </Entries>
        </Section>
      )}
    </>
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

function Entries({ children, empty }: { readonly children: readonly ReactNode[]; readonly empty: string }) {
  if (children.length > 0) return <Stack gap="sm">{children}</Stack>
  return (
    <Text size="sm" c="dimmed">
      {empty}
    </Text>
  )
}

function TimelineEntry({ event: { type, data, actor, createdAt } }: { readonly event: PersonEvent }) {
  const runId = typeof data['runId'] === 'string' ? data['runId'] : undefined
  const words = ['source', 'line', 'channel', 'purpose', 'status', 'reason', 'topics'].flatMap((key) => {
    const value = data[key]
    return typeof value === 'string' || typeof value === 'number' ? [`${key} ${value}`] : []
  })
  return (
    <Box>
      <Text size="sm" fw={500}>
        {statusText(type)}
      </Text>
      <Text size="xs" c="dimmed">
        {[...words, ...(runId === undefined ? [actor] : [])].join(', ')}, <Moment at={createdAt} />
        {runId !== undefined && (
          <>
            {' '}
            <Anchor size="xs" renderRoot={(props) => <Link to="/runs/$runId" params={{ runId }} {...props} />}>
              its run
            </Anchor>
          </>
        )}
      </Text>
    </Box>
  )
}
