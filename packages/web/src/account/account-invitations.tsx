import { routes } from '@neonhub/contract'
import { Button, Group, Paper, Text, Title } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { myInvitationsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'

/** The organizations that the person was asked to join. */
export function AccountInvitations() {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const { data } = useQuery(myInvitationsQuery(api))
  const accept = useMutation({
    mutationFn: (id: string) => api.call(routes.acceptInvitation, { params: { id } }),
    onSuccess: ({ name }) => {
      notifyDone(`You belong to ${name} now.`)
      return queryClient.invalidateQueries()
    },
    onError: notifyFailure('The invitation could not be accepted'),
  })
  return data?.invitations.map(({ id, organization, role, expiresAt }) => (
    <Paper key={id} withBorder radius="md" p="md" component="section">
      <Group justify="space-between">
        <div>
          <Title order={2} size="h4">
            {organization} asks you to join
          </Title>
          <Text size="sm" c="dimmed">
            as {role} · open until <Moment at={expiresAt} />
          </Text>
        </div>
        <Button loading={accept.isPending} onClick={() => accept.mutate(id)}>
          Join {organization}
        </Button>
      </Group>
    </Paper>
  ))
}
