import { type Connection, type ConnectionAction, routes } from '@neonhub/contract'
import {
  Accordion,
  Badge,
  Button,
  Code,
  Group,
  JsonInput,
  NativeSelect,
  NumberInput,
  Stack,
  Switch,
  Text,
  TextInput,
} from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { connectionActionsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { useMe } from '../shell/use-me.ts'

/** What agents may do through a connection, and what is fixed of it. Read once it is opened. */
export function ActionList({ connection }: { readonly connection: Connection }) {
  const [isOpen, setIsOpen] = useState(false)
  const { api } = useServices()
  const query = useQuery({ ...connectionActionsQuery(api, connection.id), enabled: isOpen })
  return (
    <Accordion chevronPosition="left" onChange={(value) => setIsOpen(value !== null)}>
      <Accordion.Item value="actions" style={{ borderBottom: 0 }}>
        <Accordion.Control px={0}>What agents may do with {connection.name}</Accordion.Control>
        <Accordion.Panel>
          {query.error && <ProblemNotice title="The actions could not be read" error={query.error} />}
          <Stack gap="xl">
            {query.data?.actions.map((action) => (
              <ActionForm key={`${action.action} ${action.version}`} connection={connection} action={action} />
            ))}
          </Stack>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  )
}

const textOf = (members: object) => JSON.stringify(members, null, 2)

function ActionForm({ connection, action }: { readonly connection: Connection; readonly action: ConnectionAction }) {
  const { api } = useServices()
  const { may } = useMe()
  const queryClient = useQueryClient()
  const [enabled, setEnabled] = useState(action.enabled)
  const [fixed, setFixed] = useState(textOf(action.fixed))
  const [defaults, setDefaults] = useState(textOf(action.defaults))
  const [price, setPrice] = useState<string | number>(action.price ? action.price.micros / 1_000_000 : '')
  const [currency, setCurrency] = useState(action.price?.currency ?? 'USD')
  const [per, setPer] = useState(action.price?.per ?? 'call')
  const save = useMutation({
    mutationFn: async () =>
      api.call(routes.configureAction, {
        params: { id: connection.id, action: action.action },
        body: {
          enabled,
          fixed: parseMembers(fixed),
          defaults: parseMembers(defaults),
          ...(price === '' ? {} : { price: { micros: Math.round(Number(price) * 1_000_000), currency, per } }),
        },
      }),
    onSuccess: ({ tool }) => {
      notifyDone(`What is fixed of ${tool} on ${connection.name} is saved.`)
      return queryClient.invalidateQueries({ queryKey: ['connection-actions', connection.id] })
    },
  })
  const isReadOnly = !may('connections:write')
  const takes = Object.keys(action.input['properties'] ?? {})
  return (
    <Stack gap="xs" component="section" aria-label={action.tool}>
      <Group justify="space-between" gap="sm">
        <Group gap="xs">
          <Code>{action.tool}</Code>
          {!action.enabled && <Badge color="red">off</Badge>}
        </Group>
        <Switch
          label="Agents may call it"
          checked={enabled}
          disabled={isReadOnly}
          onChange={(event) => setEnabled(event.currentTarget.checked)}
        />
      </Group>
      <Text size="sm" c="dimmed">
        {action.description} It takes {takes.join(', ') || 'nothing'}.
      </Text>
      <Group grow align="flex-start">
        <JsonInput
          label="Fixed"
          description="Stands whatever an agent gives."
          value={fixed}
          onChange={setFixed}
          readOnly={isReadOnly}
          validationError="This is no JSON"
          autosize
          minRows={2}
        />
        <JsonInput
          label="Defaults"
          description="Stands where an agent gives none."
          value={defaults}
          onChange={setDefaults}
          readOnly={isReadOnly}
          validationError="This is no JSON"
          autosize
          minRows={2}
        />
      </Group>
      <Group align="flex-end" gap="sm">
        <NumberInput
          label="Price"
          description="Empty: what the connector knows."
          value={price}
          onChange={setPrice}
          readOnly={isReadOnly}
          min={0}
          max={1_000_000}
          decimalScale={6}
          hideControls
          w={220}
        />
        <TextInput
          label="Currency"
          value={currency}
          onChange={(event) => setCurrency(event.currentTarget.value.toUpperCase())}
          readOnly={isReadOnly}
          maxLength={3}
          w={90}
        />
        <NativeSelect
          label="For each"
          value={per}
          onChange={(event) => setPer(event.currentTarget.value === 'recipient' ? 'recipient' : 'call')}
          disabled={isReadOnly}
          data={['call', 'recipient']}
          w={130}
        />
      </Group>
      {save.error && <ProblemNotice title="It was not saved" error={save.error} />}
      {!isReadOnly && (
        <Group>
          <Button size="xs" variant="default" loading={save.isPending} onClick={() => save.mutate()}>
            Save {action.tool}
          </Button>
        </Group>
      )}
    </Stack>
  )
}

/** Throws with words for a person where a text is no JSON object. */
function parseMembers(text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text.trim() === '' ? '{}' : text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value }
  throw new TypeError('Give a JSON object, such as {"channel": "#news"}.')
}
