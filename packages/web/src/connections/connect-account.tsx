import type { ConnectorCatalogueEntry } from '@neonhub/contract'
import { Box, Button, Code, Group, Modal, Stack, Text, TextInput, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useMe } from '../shell/use-me.ts'
import { useConsent } from './use-consent.ts'

/** How an account of a connector is connected by consent: a button, or what the operator has to do first. */
export function ConnectAccount({ connector }: { readonly connector: ConnectorCatalogueEntry }) {
  const { may } = useMe()
  const { consent, goneAt } = connector
  const search = useSearch({ from: '/app/connections' })
  const navigate = useNavigate()
  const isAsked = search.connect === connector.id
  const [isOpen, { open, close }] = useDisclosure(isAsked)
  if (!consent || goneAt !== undefined || !may('connections:write')) return null
  if (!consent.isConfigured) {
    return (
      <Text size="sm" c="dimmed">
        It can also be connected by consent, once the operator has registered an app with the redirect address{' '}
        <Code>{consent.redirectUri}</Code> and set {consent.variables}.
      </Text>
    )
  }
  const leave = () => {
    close()
    if (isAsked) void navigate({ to: '/connections', replace: true })
  }
  return (
    <>
      <Group>
        <Button size="xs" onClick={open}>
          Connect<VisuallyHidden>: {connector.name}</VisuallyHidden>
        </Button>
      </Group>
      <Modal opened={isOpen} onClose={leave} title={`Connect ${connector.name}`}>
        <ConnectForm connector={connector} suggested={isAsked ? search.name : undefined} />
      </Modal>
    </>
  )
}

function ConnectForm({
  connector,
  suggested,
}: {
  readonly connector: ConnectorCatalogueEntry
  readonly suggested: string | undefined
}) {
  const consent = useConsent(connector)
  const taken = connector.connections.map(({ name }) => name.toLowerCase())
  const firstFree = [
    connector.id,
    ...Array.from({ length: taken.length }, (_, index) => `${connector.id}-${index + 2}`),
  ]
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const name = String(new FormData(event.currentTarget).get('name')).trim()
    const same = connector.connections.find((one) => one.name.toLowerCase() === name.toLowerCase())
    consent.mutate({ name, connectionId: same?.id })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <TextInput
          label="Name"
          description="What briefs and agents call it. The name of a connection that is there connects that one anew."
          name="name"
          required
          maxLength={100}
          defaultValue={suggested ?? firstFree.find((name) => !taken.includes(name))}
        />
        <Box>
          <Text size="sm">{connector.name} asks you for your consent to</Text>
          <Group gap={6} mt={4}>
            {connector.consent?.scopes.map((scope) => (
              <Code key={scope}>{scope}</Code>
            ))}
          </Group>
        </Box>
        <Text size="sm" c="dimmed">
          You come back here within ten minutes, signed in as you are now.
        </Text>
        <Button type="submit" loading={consent.isPending || consent.isSuccess}>
          Go to the provider
        </Button>
      </Stack>
    </form>
  )
}
