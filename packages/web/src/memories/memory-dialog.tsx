import { MemoryKind, routes } from '@neonhub/contract'
import { Button, Checkbox, Modal, NativeSelect, Stack, Textarea } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { brandsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'

interface MemoryDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
}

/** Has something remembered of a brand. */
export function MemoryDialog({ opened, onClose }: MemoryDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="Remember something" centered>
      <MemoryForm onDone={onClose} />
    </Modal>
  )
}

const kinds = [
  { value: 'fact', label: 'Fact: how things are' },
  { value: 'preference', label: 'Preference: how you want them' },
  { value: 'lesson', label: 'Lesson: what came of an earlier case' },
]

function MemoryForm({ onDone }: { readonly onDone: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const brands = useQuery(brandsQuery(api))
  const save = useMutation({
    mutationFn: (fields: FormData) =>
      api.call(routes.createMemory, {
        body: {
          brand: String(fields.get('brand')),
          text: String(fields.get('text')),
          kind: MemoryKind.parse(fields.get('kind')),
          pinned: fields.get('pinned') === 'on',
        },
      }),
    onSuccess: () => {
      notifyDone('Agents are told from now on.')
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['memories'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  const error = brands.error ?? save.error
  return (
    <form onSubmit={submit}>
      <Stack>
        {error && <ProblemNotice title="It could not be written down" error={error} />}
        <NativeSelect
          label="Brand"
          name="brand"
          data={(brands.data?.brands ?? []).map(({ slug, name }) => ({ value: slug, label: name }))}
          required
        />
        <NativeSelect label="Kind" name="kind" data={kinds} />
        <Textarea
          label="What agents should know"
          name="text"
          autosize
          minRows={3}
          maxLength={2000}
          required
          data-autofocus
        />
        <Checkbox name="pinned" label="Tell it whatever is asked" />
        <Button type="submit" loading={save.isPending} disabled={brands.data?.brands.length === 0}>
          Remember it
        </Button>
      </Stack>
    </form>
  )
}
