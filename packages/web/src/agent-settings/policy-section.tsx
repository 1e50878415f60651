import { type AgentSettings, PolicyRules, routes } from '@neonhub/contract'
import { Alert, Button, Group, Stack, Text, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { parseInput } from '../agents/parse-input.ts'
import { useServices } from '../api/use-api.ts'
import { JsonView } from '../components/json-view.tsx'
import { Moment } from '../components/moment.tsx'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

interface PolicySectionProps {
  readonly settings: AgentSettings
}

/** What the organization lays over the policy of the agent's code, and a form to change it. */
export function PolicySection({ settings: { name, policy, policyWarnings } }: PolicySectionProps) {
  const { may } = useMe()
  return (
    <Stack>
      {policy ? (
        <>
          <Text size="sm">
            Version {policy.version} by {policy.actor}, <Moment at={policy.createdAt} />
            {policy.note === '' ? '' : `: ${policy.note}`}
          </Text>
          <JsonView label="Rules" value={policy.rules} />
        </>
      ) : (
        <Text size="sm">None: what the agent’s code allows counts alone.</Text>
      )}
      {policyWarnings.map(({ path, message }) => (
        <Alert key={path} color="yellow" title={path}>
          {message}
        </Alert>
      ))}
      {/* A version that has come meanwhile begins the form anew. */}
      {may('agents:manage') && <PolicyForm key={policy?.version ?? 0} name={name} policy={policy} />}
    </Stack>
  )
}

function PolicyForm({ name, policy }: Pick<AgentSettings, 'name' | 'policy'>) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [text, setText] = useState(() => JSON.stringify(policy?.rules ?? {}, null, 2))
  const parsed = parseInput(text)
  const rules = PolicyRules.safeParse(parsed.input)
  const fault = rules.error?.issues
    .map(({ path, message }) => `${path.join('.') || 'The policy'}: ${message}`)
    .join('; ')
  const save = useMutation({
    mutationFn: (note: string) =>
      api.call(routes.setAgentPolicy, {
        params: { name },
        body: { rules: rules.data ?? {}, note, expectedVersion: policy?.version ?? 0 },
      }),
    onSuccess: ({ version }) => {
      notifyDone(`Version ${version} counts from now on.`)
      return queryClient.invalidateQueries({ queryKey: ['agent-settings', name] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    if (rules.success) save.mutate(String(new FormData(event.currentTarget).get('note') ?? ''))
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Textarea
          label="Next version"
          description="As JSON: tools, recipients, sendWindow, caps, approvals. It can only narrow what the code allows."
          value={text}
          onChange={(event) => setText(event.currentTarget.value)}
          error={parsed.problem ?? fault}
          autosize
          minRows={4}
          maxRows={20}
          spellCheck={false}
          styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
        />
        <TextInput label="Why" name="note" maxLength={1000} />
        {save.error && <ProblemNotice title="The policy was not changed" error={save.error} />}
        <Group justify="flex-end">
          <Button type="submit" loading={save.isPending} disabled={!rules.success}>
            Lay it over the code’s
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
