import { type AgentPrompt, type PromptOverride, routes, type RunDetail } from '@neonhub/contract'
import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { parseInput } from '../agents/parse-input.ts'
import { useIdempotencyKey } from '../agents/use-idempotency-key.ts'
import { promptsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { BranchIcon } from '../icons.tsx'
import { keysOf } from './keys-of.ts'

/** Runs it again, from the start or from one of its steps. */
export function ForkButton({ run }: { readonly run: RunDetail }) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button variant="default" leftSection={<BranchIcon size={16} />} onClick={() => setOpened(true)}>
        Run again
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`Run ${run.intent} again`} size="lg">
        <ForkForm run={run} />
      </Modal>
    </>
  )
}

const fromStart = ''

interface Asked {
  readonly model: string
  readonly dryRun: boolean
  readonly prompts: PromptOverride[]
}

/** The prompt that is in force when it runs. */
const asSet = ''
const fieldOf = ({ agent, intent, key }: Omit<PromptOverride, 'version'>) => `${agent} ${intent}: ${key}`

/** Whether the run, or one below it, is of the intent that asks the prompt. */
const isAskedIn = ({ agent, intent, children }: RunDetail, prompt: AgentPrompt): boolean =>
  (agent === prompt.agent && intent === prompt.intent) || children.some((child) => isAskedIn(child, prompt))

/** Which text of a prompt is asked. */
function PromptChoice({ prompt }: { readonly prompt: AgentPrompt }) {
  const { activeVersion, versions } = prompt
  const inForce = activeVersion === 0 ? 'the code’s text' : `version ${activeVersion}`
  return (
    <NativeSelect
      name={fieldOf(prompt)}
      label={`Prompt of ${fieldOf(prompt)}`}
      data={[
        { value: asSet, label: `As set: ${inForce}` },
        { value: '0', label: 'The code’s text' },
        ...versions.map(({ version, status }) => ({ value: `${version}`, label: `Version ${version}, ${status}` })),
      ]}
    />
  )
}

function ForkForm({ run }: { readonly run: RunDetail }) {
  const { api } = useServices()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const idempotencyKeyOf = useIdempotencyKey()
  const [from, setFrom] = useState(fromStart)
  const [original] = useState(() => JSON.stringify(run.input, null, 2))
  const [text, setText] = useState(original)
  const parsed = parseInput(text)
  const prompts = useQuery(promptsQuery(api))
  const choices = (prompts.data?.prompts ?? []).filter((one) => one.versions.length > 0 && isAskedIn(run, one))
  const fork = useMutation({
    mutationFn: ({ model, dryRun, prompts: chosen }: Asked) => {
      const body = {
        dryRun,
        ...(from === fromStart ? {} : { from }),
        ...(from === fromStart && text !== original ? { input: { ...parsed.input } } : {}),
        ...(model === '' ? {} : { model }),
        ...(chosen.length === 0 ? {} : { prompts: chosen }),
      }
      const headers = { 'idempotency-key': idempotencyKeyOf(`${run.id} ${JSON.stringify(body)}`) }
      return api.call(routes.forkRun, { params: { id: run.id }, headers, body })
    },
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: ['runs'] })
      await navigate({ to: '/runs/$runId', params: { runId: id } })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    fork.mutate({
      model: String(fields.get('model') ?? '').trim(),
      dryRun: fields.get('dryRun') === 'on',
      prompts: choices.flatMap(({ agent, intent, key }) => {
        const version = String(fields.get(fieldOf({ agent, intent, key })) ?? asSet)
        return version === asSet ? [] : [{ agent, intent, key, version: Number(version) }]
      }),
    })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <NativeSelect
          label="From"
          description="What had ended before it answers from the record and costs nothing; it and the rest run anew."
          value={from}
          onChange={(event) => setFrom(event.currentTarget.value)}
          data={[{ value: fromStart, label: 'The start' }, ...keysOf(run)]}
          data-autofocus
        />
        <TextInput
          name="model"
          label="Model"
          description="As provider:model; what is configured where it is left empty."
          placeholder="openai:gpt-6.1-sol"
          maxLength={200}
        />
        {prompts.error && <ProblemNotice title="The prompts could not be read" error={prompts.error} />}
        {choices.map((prompt) => (
          <PromptChoice key={fieldOf(prompt)} prompt={prompt} />
        ))}
        {from === fromStart ? (
          <Textarea
            label="Input"
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={parsed.problem}
            autosize
            minRows={4}
            maxRows={12}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          />
        ) : (
          <Text size="sm" c="dimmed">
            The input stays as it was: what is on record was made for it.
          </Text>
        )}
        {run.dryRun && from !== fromStart ? (
          <Text size="sm">It stays a dry run: what this one has on record was not done.</Text>
        ) : (
          <Checkbox
            name="dryRun"
            defaultChecked
            label="Dry run: send nothing"
            description="Mails and posts are judged, written down and simulated, and no draft is kept. What models cost is real."
          />
        )}
        {fork.error && <ProblemNotice title="The run was not started" error={fork.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={fork.isPending} disabled={from === fromStart && !parsed.input}>
            Run again
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
