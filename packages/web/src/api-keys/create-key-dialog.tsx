import { type Permission, Permission as PermissionSchema, routes } from '@neonhub/contract'
import { Button, Checkbox, Code, CopyButton, Group, Modal, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { CheckIcon, CopyIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'

interface CreateKeyDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
}

const dayMs = 24 * 60 * 60 * 1000
const lifetimes = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: 'A year' },
  { value: '', label: 'Without an end' },
]

/** Makes a key. While it is open it shows the new key, which is kept nowhere. */
export function CreateKeyDialog({ opened, onClose }: CreateKeyDialogProps) {
  const [key, setKey] = useState<string>()
  const close = () => {
    onClose()
    setKey(undefined)
  }
  return (
    <Modal
      opened={opened}
      onClose={close}
      title={key === undefined ? 'New API key' : 'Your new key'}
      closeOnClickOutside={key === undefined}
      centered
    >
      {key === undefined ? <CreateKeyForm onCreated={setKey} /> : <NewKey value={key} onClose={close} />}
    </Modal>
  )
}

function CreateKeyForm({ onCreated }: { readonly onCreated: (key: string) => void }) {
  const { api } = useServices()
  const { permissions } = useMe()
  const queryClient = useQueryClient()
  const [scopes, setScopes] = useState<Permission[]>(['runs:read'])
  const create = useMutation({
    mutationFn: ({ name, days }: { readonly name: string; readonly days: string }) => {
      const expiresAt = days === '' ? {} : { expiresAt: new Date(Date.now() + Number(days) * dayMs).toISOString() }
      return api.call(routes.createApiKey, { body: { name, scopes, ...expiresAt } })
    },
    onSuccess: ({ key }) => {
      onCreated(key)
      return queryClient.invalidateQueries({ queryKey: ['api-keys'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    create.mutate({ name: String(fields.get('name')), days: String(fields.get('days')) })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {create.error && <ProblemNotice title="The key could not be made" error={create.error} />}
        <TextInput
          label="Name"
          name="name"
          description="What will use it: CI pipeline"
          required
          maxLength={100}
          data-autofocus
        />
        <NativeSelect label="Valid for" name="days" data={lifetimes} defaultValue="90" />
        <Checkbox.Group
          label="It may"
          description="At most what you may do yourself."
          value={scopes}
          onChange={(values) => setScopes(PermissionSchema.array().parse(values))}
        >
          <Stack gap={6} mt="xs">
            {permissions.map((permission) => (
              <Checkbox key={permission} value={permission} label={permission} />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button type="submit" loading={create.isPending} disabled={scopes.length === 0}>
          Make the key
        </Button>
      </Stack>
    </form>
  )
}

function NewKey({ value, onClose }: { readonly value: string; readonly onClose: () => void }) {
  return (
    <Stack>
      <Text size="sm">Copy it now: it is shown this once and cannot be read again.</Text>
      <Code block style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
        {value}
      </Code>
      <Group justify="flex-end">
        <CopyButton value={value}>
          {({ copied, copy }) => (
            <Button
              variant="default"
              leftSection={copied ? <CheckIcon size={16} /> : <CopyIcon size={16} />}
              onClick={copy}
            >
              {copied ? 'Copied' : 'Copy'}
            </Button>
          )}
        </CopyButton>
        <Button onClick={onClose}>I have kept it</Button>
      </Group>
    </Stack>
  )
}
