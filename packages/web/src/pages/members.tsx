import { Box, Skeleton, Stack } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { rolesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { InvitationSection } from '../members/invitation-section.tsx'
import { MemberTable } from '../members/member-table.tsx'
import { RoleSection } from '../members/role-section.tsx'

/** Who belongs to the organization, and what they may do there. */
export function MembersPage() {
  const { api } = useServices()
  const query = useQuery(rolesQuery(api))
  return (
    <Box maw={960}>
      <PageHeader title="Members & roles" description="Nobody gives what they lack, and the last owner stays one." />
      {query.error && <ProblemNotice title="The roles could not be read" error={query.error} />}
      {query.isPending && <Skeleton height={200} radius="md" aria-label="Loading the members" />}
      {query.data && (
        <Stack gap="lg">
          <MemberTable roles={query.data.roles} />
          <InvitationSection roles={query.data.roles} />
          <RoleSection roles={query.data.roles} withheld={query.data.withheld} />
        </Stack>
      )}
    </Box>
  )
}
