import { type Member, type Role, routes } from '@neonhub/contract'
import { Badge, Button, Group, Modal, NativeSelect, Paper, Stack, Table, Text, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { membersQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

/** The members with their roles, which those who manage members change here. */
export function MemberTable({ roles }: { readonly roles: readonly Role[] }) {
  const { api } = useServices()
  const query = useQuery(membersQuery(api))
  if (query.error) return <ProblemNotice title="The members could not be read" error={query.error} />
  return (
    <Paper withBorder radius="md" style={{ overflowX: 'auto' }}>
      <Table verticalSpacing="sm">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Member</Table.Th>
            <Table.Th>Role</Table.Th>
            <Table.Th>Second factor</Table.Th>
            <Table.Th />
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {query.data?.members.map((member) => (
            <MemberRow key={member.id} member={member} roles={roles} />
          ))}
        </Table.Tbody>
      </Table>
    </Paper>
  )
}

function MemberRow({ member, roles }: { readonly member: Member; readonly roles: readonly Role[] }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const { id, name, email, roles: held, twoFactor } = member
  const change = useMutation({
    mutationFn: (role: string) => api.call(routes.changeMemberRole, { params: { id }, body: { role } }),
    onSuccess: ({ roles: now }) => notifyDone(`${name} is ${now.join(', ')} from now on.`),
    onError: notifyFailure('The role could not be changed'),
    onSettled: () => queryClient.invalidateQueries(),
  })
  const role = held.join(',')
  const names = roles.map((one) => one.name)
  return (
    <Table.Tr>
      <Table.Td>
        <Text size="sm" fw={600}>
          {name}
        </Text>
        <Text size="xs" c="dimmed">
          {email}
        </Text>
      </Table.Td>
      <Table.Td>
        {may('members:manage') ? (
          <NativeSelect
            size="xs"
            aria-label={`Role of ${name}`}
            value={role}
            data={names.includes(role) ? names : [role, ...names]}
            disabled={change.isPending}
            onChange={({ currentTarget: { value } }) => change.mutate(value)}
          />
        ) : (
          held.join(', ')
        )}
      </Table.Td>
      <Table.Td>
        <Badge variant="default" tt="none">
          {twoFactor ? 'set up' : 'none'}
        </Badge>
      </Table.Td>
      <Table.Td ta="right">{may('members:manage') && <RemoveButton member={member} />}</Table.Td>
    </Table.Tr>
  )
}

function RemoveButton({ member: { id, name } }: { readonly member: Member }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [asking, { open, close }] = useDisclosure()
  const remove = useMutation({
    mutationFn: () => api.call(routes.removeMember, { params: { id } }),
    onSuccess: () => {
      close()
      notifyDone(`${name} is let in no more.`)
      return queryClient.invalidateQueries()
    },
    onError: notifyFailure('The member could not be removed'),
  })
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Remove<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <Modal opened={asking} onClose={close} title={`Remove ${name}?`} centered>
        <Stack>
          <Text size="sm">
            From the next request on nothing of the organization is open to them, and the API keys that they made are
            revoked.
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep
            </Button>
            <Button color="red.8" loading={remove.isPending} onClick={() => remove.mutate()}>
              Remove
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
