import { Button, Code, Group, Paper, PasswordInput, SimpleGrid, Stack, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { TwoFactorSetup } from '../api/session.ts'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { Notice } from '../components/notice.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'

/** Sets up an authenticator app, and takes it away. */
export function TwoFactorSection() {
  const { twoFactor = false, twoFactorRequired, organization } = useMe()
  const [setup, setSetup] = useState<TwoFactorSetup>()
  return (
    <Paper withBorder radius="md" p="md" component="section" aria-labelledby="two-factor">
      <Stack>
        <Title order={2} size="h4" id="two-factor">
          Second factor
        </Title>
        {twoFactorRequired && (
          <Notice urgent tone="wait" icon={WarningIcon} title={`${organization?.name} asks its members for one`}>
            <Text size="sm">Until you have set up an app, you are let into nothing of it.</Text>
          </Notice>
        )}
        {setup ? (
          <ConfirmForm setup={setup} onDone={() => setSetup(undefined)} />
        ) : (
          <PasswordForm isOn={twoFactor} onSetup={setSetup} />
        )}
        {twoFactor && <RenewCodes />}
      </Stack>
    </Paper>
  )
}

function PasswordForm({
  isOn,
  onSetup,
}: {
  readonly isOn: boolean
  readonly onSetup: (setup: TwoFactorSetup) => void
}) {
  const { session } = useServices()
  const queryClient = useQueryClient()
  const change = useMutation({
    mutationFn: async (password: string) => {
      if (!isOn) return onSetup(await session.setUpTwoFactor(password))
      await session.removeTwoFactor(password)
      notifyDone('The second factor is gone.')
      return queryClient.invalidateQueries()
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    change.mutate(String(new FormData(event.currentTarget).get('password')))
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          {isOn
            ? 'A sign-in asks for a code of your authenticator app.'
            : 'With an authenticator app, who knows your password alone does not get in.'}
        </Text>
        {change.error && <ProblemNotice title="That did not work" error={change.error} />}
        <Group align="flex-end">
          <PasswordInput label="Your password" name="password" autoComplete="current-password" required flex={1} />
          <Button type="submit" variant={isOn ? 'default' : 'filled'} loading={change.isPending}>
            {isOn ? 'Take it away' : 'Set up an app'}
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

/** Makes new backup codes in the place of those that were used or lost. */
function RenewCodes() {
  const { session } = useServices()
  const renew = useMutation({ mutationFn: session.renewBackupCodes })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    renew.mutate(String(new FormData(event.currentTarget).get('renew')))
  }
  if (renew.data) return <BackupCodes codes={renew.data} />
  return (
    <form onSubmit={submit}>
      <Stack>
        {renew.error && <ProblemNotice title="The codes could not be made" error={renew.error} />}
        <Group align="flex-end">
          <PasswordInput
            label="Your password, for new backup codes"
            name="renew"
            autoComplete="current-password"
            required
            flex={1}
          />
          <Button type="submit" variant="default" loading={renew.isPending}>
            Make new codes
          </Button>
        </Group>
      </Stack>
    </form>
  )
}

function BackupCodes({ codes }: { readonly codes: readonly string[] }) {
  return (
    <>
      <Text size="sm">
        Keep these codes, for when the device is lost. Each opens once, and they are shown this once.
      </Text>
      <SimpleGrid cols={{ base: 2, sm: 5 }} spacing="xs">
        {codes.map((code) => (
          <Code key={code}>{code}</Code>
        ))}
      </SimpleGrid>
    </>
  )
}

function ConfirmForm({ setup, onDone }: { readonly setup: TwoFactorSetup; readonly onDone: () => void }) {
  const { session } = useServices()
  const queryClient = useQueryClient()
  const confirm = useMutation({
    mutationFn: (code: string) => session.verify({ code, isBackup: false }),
    onSuccess: () => {
      notifyDone('From now on a sign-in asks for a code.')
      onDone()
      return queryClient.invalidateQueries()
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    confirm.mutate(String(new FormData(event.currentTarget).get('code')))
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        <Text size="sm">
          Open <a href={setup.totpURI}>this address</a> on the device with your app, or type its key there:
        </Text>
        <Code block>{new URL(setup.totpURI).searchParams.get('secret')}</Code>
        <BackupCodes codes={setup.backupCodes} />
        {confirm.error && <ProblemNotice title="The code was not right" error={confirm.error} />}
        <Group align="flex-end">
          <TextInput
            label="The code that the app shows"
            name="code"
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            flex={1}
          />
          <Button type="submit" loading={confirm.isPending}>
            Turn it on
          </Button>
        </Group>
      </Stack>
    </form>
  )
}
