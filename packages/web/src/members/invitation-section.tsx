import { type Role, routes } from '@neonhub/contract'
import { Button, Code, Group, NativeSelect, Paper, Stack, Text, TextInput, Title, VisuallyHidden } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { invitationsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

/** Asks addresses to join, and takes that back. */
export function InvitationSection({ roles }: { readonly roles: readonly Role[] }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const { data } = useQuery(invitationsQuery(api))
  const open = data?.invitations.filter(({ status }) => status === 'pending') ?? []
  const revoke = useMutation({
    mutationFn: (id: string) => api.call(routes.revokeInvitation, { params: { id } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['members'] }),
    onError: notifyFailure('The invitation could not be taken back'),
  })
  if (!may('members:manage') && open.length === 0) return null
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-labelledby="invitations">
      <Stack>
        <Title order={2} size="h4" id="invitations">
          Invitations
        </Title>
        {may('members:manage') && <InviteForm roles={roles} />}
        {open.map(({ id, email, role, expiresAt }) => (
          <Group key={id} justify="space-between">
            <Text size="sm">
              {email} as {role} · open until <Moment at={expiresAt} />
            </Text>
            {may('members:manage') && (
              <Button size="xs" variant="default" onClick={() => revoke.mutate(id)}>
                Take back<VisuallyHidden> the invitation of {email}</VisuallyHidden>
              </Button>
            )}
          </Group>
        ))}
      </Stack>
    </Paper>
  )
}

function InviteForm({ roles }: { readonly roles: readonly Role[] }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [link, setLink] = useState<string>()
  const invite = useMutation({
    mutationFn: (body: { readonly email: string; readonly role: string }) =>
      api.call(routes.createInvitation, { body }),
    onSuccess: ({ invitation: { email }, token }) => {
      setLink(`${window.location.origin}/join?${new URLSearchParams({ email, token })}`)
      return queryClient.invalidateQueries({ queryKey: ['members'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    invite.mutate({ email: String(fields.get('email')), role: String(fields.get('role')) })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {invite.error && <ProblemNotice title="The invitation could not be made" error={invite.error} />}
        <Group align="flex-end">
          <TextInput label="Email" name="email" type="email" required flex={1} />
          <NativeSelect label="Role" name="role" data={roles.map(({ name }) => name)} defaultValue="viewer" />
          <Button type="submit" loading={invite.isPending}>
            Invite
          </Button>
        </Group>
        {link !== undefined && (
          <>
            <Text size="sm">Send this link to that address alone. It is shown this once.</Text>
            <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
              {link}
            </Code>
          </>
        )}
      </Stack>
    </form>
  )
}
