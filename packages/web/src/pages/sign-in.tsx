import { Box, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import { type FormEvent, type ReactNode, useState } from 'react'
import { toApiError } from '../api/api-error.ts'
import { useServices } from '../api/use-api.ts'
import { Notice } from '../components/notice.tsx'
import { WarningIcon } from '../icons.tsx'
import { Logo } from '../shell/logo.tsx'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  useDocumentTitle('Sign in · NeonHub')
  const { to = '/runs' } = route.useSearch()
  const queryClient = useQueryClient()
  const router = useRouter()
  const [isAsked, setAsked] = useState(false)
  const goOn = () => {
    queryClient.clear()
    router.history.push(to)
  }
  return (
    <SignInFrame title={isAsked ? 'One more step' : 'Sign in to NeonHub'}>
      {isAsked ? (
        <SecondFactorForm onDone={goOn} />
      ) : (
        <PasswordForm onDone={(next) => (next === 'second-factor' ? setAsked(true) : goOn())} />
      )}
    </SignInFrame>
  )
}

/** What stands around the forms of who is not signed in yet. */
export function SignInFrame({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <Center mih="100dvh" p="md" component="main">
      <Box w="100%" maw={380}>
        <Stack align="center" gap="xs" mb="lg">
          <Logo size={48} />
          <Title order={1} ta="center">
            {title}
          </Title>
        </Stack>
        <Paper withBorder p="lg" radius="lg" shadow="sm">
          {children}
        </Paper>
        <Text size="sm" c="dimmed" ta="center" mt="md">
          No account yet? Accounts are made by invitation: ask an owner or admin of your organization.
        </Text>
      </Box>
    </Center>
  )
}

function PasswordForm({ onDone }: { readonly onDone: (next: 'signed-in' | 'second-factor') => void }) {
  const { session } = useServices()
  const signIn = useMutation({ mutationFn: session.signIn, onSuccess: onDone })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    signIn.mutate({ email: String(fields.get('email')), password: String(fields.get('password')) })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {signIn.error && <SignInFailure error={signIn.error} />}
        <TextInput label="Email" name="email" type="email" autoComplete="username" required autoFocus />
        <PasswordInput label="Password" name="password" autoComplete="current-password" required />
        <Button type="submit" fullWidth loading={signIn.isPending}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}

function SecondFactorForm({ onDone }: { readonly onDone: () => void }) {
  const { session } = useServices()
  const [isBackup, setBackup] = useState(false)
  const verify = useMutation({ mutationFn: session.verify, onSuccess: onDone })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    verify.mutate({ code: String(new FormData(event.currentTarget).get('code')), isBackup })
  }
  return (
    <form onSubmit={submit}>
      <Stack>
        {verify.error && <SignInFailure error={verify.error} />}
        <TextInput
          key={String(isBackup)}
          label={isBackup ? 'Backup code' : 'Code'}
          name="code"
          description={
            isBackup ? 'One of those that you kept. Each opens once.' : 'Six digits, from your authenticator app.'
          }
          inputMode={isBackup ? 'text' : 'numeric'}
          autoComplete="one-time-code"
          required
          autoFocus
        />
        <Button type="submit" fullWidth loading={verify.isPending}>
          Sign in
        </Button>
        <Button variant="subtle" size="xs" onClick={() => setBackup(!isBackup)}>
          {isBackup ? 'Use the app' : 'Use a backup code'}
        </Button>
      </Stack>
    </form>
  )
}

/** Why a sign-in did not work. */
export function SignInFailure({ error }: { readonly error: unknown }) {
  const { message, hint } = toApiError(error)
  return (
    <Notice urgent tone="bad" icon={WarningIcon} title={message}>
      {hint !== undefined && <Text size="sm">{hint}</Text>}
    </Notice>
  )
}
