import { type Member, routes, TaskPriority } from '@neonhub/contract'
import { Button, Modal, NativeSelect, Stack, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'

interface TaskDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
  readonly members: readonly Member[]
}

/** Writes down a task for a person. */
export function TaskDialog({ opened, onClose, members }: TaskDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title="New task" centered>
      <TaskForm onDone={onClose} members={members} />
    </Modal>
  )
}

function TaskForm({ onDone, members }: { readonly onDone: () => void; readonly members: readonly Member[] }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const save = useMutation({
    mutationFn: (fields: FormData) => {
      const [assigneeId, due] = [String(fields.get('assignee')), String(fields.get('due'))]
      return api.call(routes.createTask, {
        body: {
          title: String(fields.get('title')),
          description: String(fields.get('description')),
          priority: TaskPriority.parse(fields.get('priority')),
          ...(assigneeId === '' ? {} : { assigneeId }),
          ...(due === '' ? {} : { dueAt: new Date(due).toISOString() }),
        },
      })
    },
    onSuccess: () => {
      notifyDone('The task is written down.')
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['tasks'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {save.error && <ProblemNotice title="It could not be written down" error={save.error} />}
        <TextInput label="What is to be done" name="title" maxLength={200} required data-autofocus />
        <Textarea label="Details" name="description" autosize minRows={3} maxLength={10_000} />
        <NativeSelect
          label="Who does it"
          name="assignee"
          data={[
            { value: '', label: 'Anybody' },
            ...members.map(({ userId, name }) => ({ value: userId, label: name })),
          ]}
        />
        <NativeSelect label="Priority" name="priority" defaultValue="normal" data={[...TaskPriority.options]} />
        <TextInput label="Due" name="due" type="datetime-local" />
        <Button type="submit" loading={save.isPending}>
          Write it down
        </Button>
      </Stack>
    </form>
  )
}
