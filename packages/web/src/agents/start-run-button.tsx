import { type AgentIntent, routes } from '@neonhub/contract'
import { Button, Checkbox, Group, Modal, NativeSelect, Stack, Text, Textarea, Tooltip } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type FormEvent, useState } from 'react'
import { brandsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { PlayIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { exampleOf, optionalMembersOf } from './example-of.ts'
import { parseInput } from './parse-input.ts'
import { useIdempotencyKey } from './use-idempotency-key.ts'

interface StartRunProps {
  readonly agent: string
  readonly intent: AgentIntent
}

/** Asks an agent something from the screen. */
export function StartRunButton({ agent, intent }: StartRunProps) {
  const [opened, setOpened] = useState(false)
  return (
    <>
      <Button leftSection={<PlayIcon size={16} />} size="xs" onClick={() => setOpened(true)}>
        Start a run
      </Button>
      <Modal opened={opened} onClose={() => setOpened(false)} title={`${agent} ${intent.name}`} size="xl">
        <StartRunForm agent={agent} intent={intent} />
      </Modal>
    </>
  )
}

function StartRunForm({ agent, intent }: StartRunProps) {
  const { api } = useServices()
  const { may } = useMe()
  const navigate = useNavigate()
  const queryClient = useQueryClient()
  const idempotencyKeyOf = useIdempotencyKey()
  const [text, setText] = useState(() => setOut(exampleOf(intent.input)))
  const parsed = parseInput(text)
  const start = useMutation({
    mutationFn: ({
      brand,
      ...chosen
    }: {
      readonly brand: string
      readonly approveAll: boolean
      readonly dryRun: boolean
    }) => {
      const body = {
        agent,
        intent: intent.name,
        input: { ...parsed.input },
        ...(brand === '' ? {} : { brand }),
        ...(chosen.dryRun ? { dryRun: true } : {}),
        ...(chosen.approveAll && !chosen.dryRun ? { approveAll: true } : {}),
      }
      return api.call(routes.startRun, { body, headers: { 'idempotency-key': idempotencyKeyOf(JSON.stringify(body)) } })
    },
    onSuccess: async ({ id }) => {
      await queryClient.invalidateQueries({ queryKey: ['runs'] })
      await navigate({ to: '/runs/$runId', params: { runId: id } })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    if (parsed.input) {
      start.mutate({
        brand: String(fields.get('brand') ?? ''),
        approveAll: fields.get('approveAll') === 'on',
        dryRun: fields.get('dryRun') === 'on',
      })
    }
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">{intent.description}</Text>
        {may('brands:read') && <BrandSelect isNeeded={intent.needsBrand} />}
        <Textarea
          label="Input"
          description="As JSON. The schema stands below the intent on the page."
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={parsed.problem}
          autosize
          minRows={6}
          maxRows={14}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
          data-autofocus
        />
        <OptionalMembers
          schema={intent.input}
          input={parsed.input}
          onAdd={(name, example) => setText(setOut({ ...parsed.input, [name]: example }))}
        />
        <Checkbox
          name="dryRun"
          label="Dry run: send nothing"
          description="Mails and posts are judged, written down and simulated, and no draft is kept. What models cost is real."
        />
        {may('approvals:decide') && (
          <Checkbox
            name="approveAll"
            label="Approve beforehand all that it sends"
            description="Without it, each mail and post waits for a yes to exactly what it says."
          />
        )}
        {start.error && (
          <div key={start.submittedAt} ref={scrollIntoView}>
            <ProblemNotice title="The run was not started" error={start.error} />
          </div>
        )}
        <Group justify="flex-end">
          <Button type="submit" loading={start.isPending} disabled={!parsed.input}>
            Start
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** The input may be longer than the dialog, and the refusal stands below it. */
const scrollIntoView = (element: HTMLElement | null) => element?.scrollIntoView({ block: 'nearest' })

const setOut = (value: unknown) => JSON.stringify(value, null, 2)

function BrandSelect({ isNeeded }: { readonly isNeeded: boolean }) {
  const { api } = useServices()
  const query = useQuery(brandsQuery(api))
  if (query.error) return <ProblemNotice title="The brands could not be read" error={query.error} />
  const brands = (query.data?.brands ?? []).map(({ slug, name }) => ({ value: slug, label: name }))
  const [first] = brands
  return (
    <NativeSelect
      // The first brand is chosen once the brands are known.
      key={first?.value}
      label="Brand"
      description="Whose voice and documents it works from."
      name="brand"
      data={isNeeded ? brands : [...brands, { value: '', label: 'No brand' }]}
      required={isNeeded}
      defaultValue={first?.value ?? ''}
    />
  )
}

interface OptionalMembersProps {
  readonly schema: unknown
  /** Undefined while the text is not JSON. */
  readonly input: Readonly<Record<string, unknown>> | undefined
  readonly onAdd: (name: string, example: unknown) => void
}

/** Offers what may be added to the input. */
function OptionalMembers({ schema, input, onAdd }: OptionalMembersProps) {
  const members = optionalMembersOf(schema).filter(({ name }) => !(name in (input ?? {})))
  if (members.length === 0) return null
  return (
    <Group gap="xs">
      <Text size="sm" c="dimmed">
        May be added:
      </Text>
      {members.map(({ name, description, example }) => (
        <Tooltip key={name} label={description} disabled={description === undefined}>
          <Button size="compact-xs" variant="default" disabled={!input} onClick={() => onAdd(name, example)}>
            {name}
          </Button>
        </Tooltip>
      ))}
    </Group>
  )
}
