import { type ApiKey, routes } from '@neonhub/contract'
import { Button, Group, Modal, Stack, Text, VisuallyHidden } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { notifyDone, notifyFailure } from '../components/notify.ts'

/** Revokes a key after a second question: nobody can bring it back. */
export function RevokeKeyButton({ apiKey: { id, name } }: { readonly apiKey: ApiKey }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [asking, { open, close }] = useDisclosure()
  const revoke = useMutation({
    mutationFn: () => api.call(routes.revokeApiKey, { params: { id } }),
    onSuccess: () => {
      close()
      notifyDone(`The key ${name} is revoked.`)
      return queryClient.invalidateQueries({ queryKey: ['api-keys'] })
    },
    onError: notifyFailure('The key could not be revoked'),
  })
  return (
    <>
      <Button size="xs" variant="default" onClick={open}>
        Revoke<VisuallyHidden> {name}</VisuallyHidden>
      </Button>
      <Modal opened={asking} onClose={close} title={`Revoke ${name}?`} centered>
        <Stack>
          <Text size="sm">Programs that use it are refused from now on. It cannot be brought back.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Keep it
            </Button>
            <Button color="red.8" loading={revoke.isPending} onClick={() => revoke.mutate()}>
              Revoke
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
