import { routes } from '@neonhub/contract'
import { Button, Checkbox, Group, Modal, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { brandQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'

interface TuneProps {
  /** Slug. */
  readonly brand: string
}

/** Asks for a brand's voice to be learned, from the sources that are ticked. */
export function TuneButton({ brand, disabled }: TuneProps & { readonly disabled: boolean }) {
  const [opened, { open, close }] = useDisclosure()
  return (
    <>
      <Button onClick={open} disabled={disabled}>
        Learn the voice
      </Button>
      <Modal opened={opened} onClose={close} title="Learn the voice" centered>
        <TuneForm brand={brand} onDone={close} />
      </Modal>
    </>
  )
}

function TuneForm({ brand, onDone }: TuneProps & { readonly onDone: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const detail = useQuery(brandQuery(api, brand))
  const ask = useMutation({
    mutationFn: (fields: FormData) => {
      const datasetIds = fields.getAll('dataset').map(String)
      const approvedContent = fields.has('approved')
      return api.call(routes.createTrainingJob, { body: { brand, datasetIds, approvedContent } })
    },
    onSuccess: () => {
      notifyDone('It is being learned. You are told when it is done.')
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['training-jobs'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    ask.mutate(new FormData(event.currentTarget))
  }
  const error = detail.error ?? ask.error
  return (
    <form onSubmit={submit}>
      <Stack>
        {error && <ProblemNotice title="It could not be begun" error={error} />}
        <Text size="sm">
          From what the brand has published, on this machine and without a provider’s training. Nothing uses it before
          you say so.
        </Text>
        {detail.data?.datasets.map(({ id, source, documents }) => (
          <Checkbox
            key={id}
            name="dataset"
            value={id}
            defaultChecked
            label={`${source} (${documents} documents)`}
            styles={{ label: { overflowWrap: 'anywhere' } }}
          />
        ))}
        <Checkbox name="approved" defaultChecked label="What agents wrote and people published, liked or scored well" />
        <Group justify="flex-end">
          <Button type="submit" loading={ask.isPending}>
            Begin
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
