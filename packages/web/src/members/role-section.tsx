import { type Permission, Permission as PermissionSchema, type Role, routes } from '@neonhub/contract'
import {
  Badge,
  Button,
  Checkbox,
  Group,
  Modal,
  Paper,
  Stack,
  Text,
  TextInput,
  Title,
  VisuallyHidden,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyFailure } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

/** The roles with what each allows; the organization's own are made and changed here. */
export function RoleSection({
  roles,
  withheld,
}: {
  readonly roles: readonly Role[]
  readonly withheld: readonly Permission[]
}) {
  const { may } = useMe()
  const [editing, setEditing] = useState<Role>()
  const [opened, { open, close }] = useDisclosure()
  const edit = (role?: Role) => {
    setEditing(role)
    open()
  }
  return (
    <Stack component="section" aria-labelledby="roles">
      <Group justify="space-between">
        <Title order={2} size="h4" id="roles">
          Roles
        </Title>
        {may('members:manage') && (
          <Button size="xs" onClick={() => edit()}>
            New role
          </Button>
        )}
      </Group>
      {withheld.length > 0 && (
        <Text size="sm" c="dimmed">
          The operator of this installation withholds {withheld.join(', ')} from everybody here.
        </Text>
      )}
      {roles.map((role) => (
        <RoleCard key={role.name} role={role} onEdit={() => edit(role)} />
      ))}
      <Modal opened={opened} onClose={close} title={editing ? `Role ${editing.name}` : 'New role'} centered>
        <RoleForm key={editing?.id ?? 'new'} role={editing} onDone={close} />
      </Modal>
    </Stack>
  )
}

function RoleCard({ role, onEdit }: { readonly role: Role; readonly onEdit: () => void }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const { id, name, description, permissions, members } = role
  const remove = useMutation({
    mutationFn: (roleId: string) => api.call(routes.deleteRole, { params: { id: roleId } }),
    onSuccess: () => queryClient.invalidateQueries({ queryKey: ['members'] }),
    onError: notifyFailure('The role could not be deleted'),
  })
  return (
    <Paper withBorder radius="md" p="md" component="article">
      <Group justify="space-between" align="flex-start">
        <Stack gap={6} flex="1 1 260px">
          <Text fw={600}>
            {name}{' '}
            <Text span size="sm" c="dimmed">
              {members === 1 ? '1 member' : `${members} members`}
              {description === '' ? '' : ` · ${description}`}
            </Text>
          </Text>
          <Group gap={6}>
            {permissions.map((permission) => (
              <Badge key={permission} variant="default" tt="none" fw={500}>
                {permission}
              </Badge>
            ))}
          </Group>
        </Stack>
        {id !== undefined && may('members:manage') && (
          <Group gap="xs">
            <Button size="xs" variant="default" onClick={onEdit}>
              Change<VisuallyHidden> {name}</VisuallyHidden>
            </Button>
            <Button size="xs" variant="default" loading={remove.isPending} onClick={() => remove.mutate(id)}>
              Delete<VisuallyHidden> {name}</VisuallyHidden>
            </Button>
          </Group>
        )}
      </Group>
    </Paper>
  )
}

function RoleForm({ role, onDone }: { readonly role: Role | undefined; readonly onDone: () => void }) {
  const { api } = useServices()
  const { permissions: own } = useMe()
  const queryClient = useQueryClient()
  const [held, setHeld] = useState<readonly Permission[]>(role?.permissions ?? [])
  const save = useMutation({
    mutationFn: ({ name, description }: { readonly name: string; readonly description: string }) => {
      const body = { description, permissions: [...held] }
      return role?.id === undefined
        ? api.call(routes.createRole, { body: { name, ...body } })
        : api.call(routes.updateRole, { params: { id: role.id }, body })
    },
    onSuccess: () => {
      onDone()
      return queryClient.invalidateQueries()
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    save.mutate({ name: String(fields.get('name') ?? ''), description: String(fields.get('description')) })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {save.error && <ProblemNotice title="The role could not be kept" error={save.error} />}
        {role === undefined && (
          <TextInput
            label="Name"
            name="name"
            description="Small letters, digits and hyphens; it stays as it is."
            required
            maxLength={64}
            data-autofocus
          />
        )}
        <TextInput label="For whom" name="description" maxLength={200} defaultValue={role?.description ?? ''} />
        <Checkbox.Group
          label="It allows"
          description="At most what you may do yourself."
          value={[...held]}
          onChange={(values) => setHeld(PermissionSchema.array().parse(values))}
        >
          <Stack gap={6} mt="xs">
            {own.map((permission) => (
              <Checkbox key={permission} value={permission} label={permission} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button type="submit" loading={save.isPending}>
          Keep
        </Button>
      </Stack>
    </form>
  )
}
