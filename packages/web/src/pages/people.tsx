import { Button, Center, Code, Skeleton, Stack, TextInput } from '@mantine/core'
import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { peopleQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { PeopleIcon } from '../icons.tsx'
import { PeopleTable } from '../people/people-table.tsx'

const route = getRouteApi('/app/people')

export function PeoplePage() {
  const { api } = useServices()
  const { search } = route.useSearch()
  const navigate = route.useNavigate()
  const query = useInfiniteQuery(peopleQuery(api, search))
  const people = query.data?.pages.flatMap((page) => page.people) ?? []
  return (
    <>
      <PageHeader
        title="People"
        description="Whom you write to, and what they agreed to, newest first."
        actions={
          <TextInput
            type="search"
            aria-label="Search by name or address"
            placeholder="Name or address"
            defaultValue={search}
            maxLength={200}
            onChange={(event) => {
              const text = event.currentTarget.value.trim()
              void navigate({ search: text === '' ? {} : { search: text }, replace: true })
            }}
          />
        }
      />
      <Stack>
        {query.error && (
          <ProblemNotice
            title="The people could not be read"
            error={query.error}
            onRetry={() => void query.refetch()}
          />
        )}
        {query.isPending && <Skeleton height={260} radius="md" aria-label="Loading the people" />}
        {people.length > 0 && <PeopleTable people={people} />}
        {query.data && people.length === 0 && <NoPeople search={search} />}
        {query.hasNextPage && (
          <Center>
            <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Show earlier people
            </Button>
          </Center>
        )}
      </Stack>
    </>
  )
}

function NoPeople({ search }: { readonly search: string | undefined }) {
  if (search !== undefined) {
    return (
      <EmptyState icon={PeopleIcon} title={`Nobody has “${search}” in name or address`}>
        Look for another part of it.
      </EmptyState>
    )
  }
  return (
    <EmptyState icon={PeopleIcon} title="No people yet">
      Take in a CSV file with <Code>npx neonhub people import FILE</Code>; examples/pinwright/people.csv shows its
      columns.
    </EmptyState>
  )
}
