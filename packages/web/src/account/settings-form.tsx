import { type NotificationEvent, notificationEvents, routes, type UserSettings } from '@neonhub/contract'
import { Button, Checkbox, NativeSelect, Paper, Skeleton, Stack, Title, useMantineColorScheme } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { mySettingsQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { kindWords } from '../notifications/kind-words.ts'

const zones = Intl.supportedValuesOf('timeZone')

/** How the person wants to be shown things, and what they want to be told of. */
export function SettingsForm() {
  const { api } = useServices()
  const query = useQuery(mySettingsQuery(api))
  if (query.error) return <ProblemNotice title="The settings could not be read" error={query.error} />
  if (!query.data) return <Skeleton height={240} radius="md" aria-label="Loading the settings" />
  return <LoadedForm settings={query.data} />
}

function LoadedForm({ settings }: { readonly settings: UserSettings }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const { setColorScheme } = useMantineColorScheme()
  const [draft, setDraft] = useState(settings)
  const save = useMutation({
    mutationFn: () => {
      const { theme, timeZone = null, locale = null, notifications } = draft
      return api.call(routes.changeMySettings, { body: { theme, timeZone, locale, notifications } })
    },
    onSuccess: (saved) => {
      queryClient.setQueryData(mySettingsQuery(api).queryKey, saved)
      setColorScheme(saved.theme === 'system' ? 'auto' : saved.theme)
      notifyDone('Your settings are kept.')
      return queryClient.invalidateQueries({ queryKey: ['notifications'] })
    },
  })
  const tell = (event: NotificationEvent, inApp: boolean) => {
    const ways = { ...draft.notifications[event], inApp }
    setDraft({ ...draft, notifications: { ...draft.notifications, [event]: ways } })
  }
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-labelledby="settings">
      <Stack>
        <Title order={2} size="h4" id="settings">
          Settings
        </Title>
        {save.error && <ProblemNotice title="The settings could not be kept" error={save.error} />}
        <NativeSelect
          label="Colours"
          value={draft.theme}
          data={[
            { value: 'system', label: 'As the device' },
            { value: 'light', label: 'Light' },
            { value: 'dark', label: 'Dark' },
          ]}
          onChange={({ currentTarget: { value } }) =>
            setDraft({ ...draft, theme: value === 'light' || value === 'dark' ? value : 'system' })
          }
        />
        <NativeSelect
          label="Time zone"
          value={draft.timeZone ?? ''}
          data={[{ value: '', label: 'As the device' }, ...zones]}
          onChange={({ currentTarget: { value } }) =>
            setDraft({ ...draft, timeZone: value === '' ? undefined : value })
          }
        />
        <NativeSelect
          label="Dates and numbers"
          value={draft.locale ?? ''}
          data={[
            { value: '', label: 'As the device' },
            { value: 'en-GB', label: 'English (United Kingdom)' },
            { value: 'en-US', label: 'English (United States)' },
            { value: 'de', label: 'Deutsch' },
            { value: 'fr', label: 'Français' },
            { value: 'es', label: 'Español' },
          ]}
          onChange={({ currentTarget: { value } }) => setDraft({ ...draft, locale: value === '' ? undefined : value })}
        />
        <Checkbox.Group
          label="Tell me when"
          description="Of what your roles let you see, in every organization of yours."
          value={notificationEvents.filter((event) => draft.notifications[event].inApp)}
        >
          <Stack gap="xs" mt="xs">
            {notificationEvents.map((event) => (
              <Checkbox
                key={event}
                value={event}
                label={kindWords[event]}
                onChange={({ currentTarget: { checked } }) => tell(event, checked)}
              />
            ))}
          </Stack>
        </Checkbox.Group>
        <Button onClick={() => save.mutate()} loading={save.isPending} style={{ alignSelf: 'flex-start' }}>
          Keep
        </Button>
      </Stack>
    </Paper>
  )
}
