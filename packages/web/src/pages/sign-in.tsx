import { Box, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, useRouter } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { toApiError } from '../api/api-error.ts'
import { useServices } from '../api/use-api.ts'
import { Notice } from '../components/notice.tsx'
import { WarningIcon } from '../icons.tsx'
import { Logo } from '../shell/logo.tsx'

const route = getRouteApi('/sign-in')

export function SignInPage() {
  useDocumentTitle('Sign in · NeonHub')
  const { session } = useServices()
  const { to = '/runs' } = route.useSearch()
  const queryClient = useQueryClient()
  const router = useRouter()
  const signIn = useMutation({
    mutationFn: session.signIn,
    onSuccess: () => {
      queryClient.clear()
      router.history.push(to)
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    signIn.mutate({ email: String(fields.get('email')), password: String(fields.get('password')) })
  }
  return (
    <Center mih="100dvh" p="md" component="main">
      <Box w="100%" maw={380}>
        <Stack align="center" gap="xs" mb="lg">
          <Logo size={48} />
          <Title order={1}>Sign in to NeonHub</Title>
        </Stack>
        <Paper withBorder p="lg" radius="lg" shadow="sm">
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
        </Paper>
        <Text size="sm" c="dimmed" ta="center" mt="md">
          No account yet? Accounts are made by invitation: ask an owner or admin of your organization.
        </Text>
      </Box>
    </Center>
  )
}

function SignInFailure({ error }: { readonly error: unknown }) {
  const { message, hint } = toApiError(error)
  return (
    <Notice urgent tone="bad" icon={WarningIcon} title={message}>
      {hint !== undefined && <Text size="sm">{hint}</Text>}
    </Notice>
  )
}
