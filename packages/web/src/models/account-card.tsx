import { type InferenceEndpoint, routes } from '@neonhub/contract'
import { Box, Button, Group, Paper, Stack, Text, Title, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { AccountDialog } from './account-dialog.tsx'
import { providerNames } from './provider-names.ts'

/** An account of the organization's own at a provider. */
export function AccountCard({ account }: { readonly account: InferenceEndpoint }) {
  const { may } = useMe()
  const { provider, baseUrl, hasKey, defaultModel, checkedAt, checkError } = account
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="article">
      <Stack gap="sm">
        <Group justify="space-between" gap="sm" align="flex-start">
          <Box miw={0} flex="1 1 260px">
            <Title order={2}>{providerNames[provider]}</Title>
            <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
              {baseUrl !== undefined && `${baseUrl} · `}
              {hasKey ? 'key stored' : 'no key'} ·{' '}
              {checkedAt === undefined ? (
                'never checked'
              ) : (
                <>
                  checked <Moment at={checkedAt} />
                </>
              )}
            </Text>
            {defaultModel !== undefined && <Text size="sm">Asked where nobody names a model: {defaultModel}</Text>}
          </Box>
          {may('connections:write') && <AccountActions account={account} />}
        </Group>
        {checkError !== undefined && (
          <Notice tone="bad" icon={WarningIcon} title="It did not answer">
            <Text size="sm">{checkError}</Text>
          </Notice>
        )}
      </Stack>
    </Paper>
  )
}

function AccountActions({ account }: { readonly account: InferenceEndpoint }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [isChanging, { open, close }] = useDisclosure()
  const { provider } = account
  const name = providerNames[provider]
  const refresh = () => queryClient.invalidateQueries({ queryKey: ['inference-endpoints'] })
  const check = useMutation({
    mutationFn: () => api.call(routes.checkInferenceEndpoint, { params: { provider }, body: {} }),
    onSuccess: (answer) => {
      if (answer.checkError === undefined) notifyDone(`${name} answers.`)
      return refresh()
    },
    onError: notifyFailure(`${name} could not be checked`),
  })
  const remove = useMutation({
    mutationFn: () => api.call(routes.removeInferenceEndpoint, { params: { provider } }),
    onSuccess: () => {
      notifyDone(`${name} is asked with the installation’s account again.`)
      return refresh()
    },
    onError: notifyFailure('The account could not be removed'),
  })
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" loading={check.isPending} onClick={() => check.mutate()}>
        Check<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <Button size="xs" variant="default" onClick={open}>
        Change<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <Button size="xs" variant="subtle" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
        Remove<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <AccountDialog opened={isChanging} onClose={close} account={account} />
    </Group>
  )
}
