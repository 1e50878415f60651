import { Button, PasswordInput, Stack, Text, TextInput } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { getRouteApi, Link, useRouter } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useServices } from '../api/use-api.ts'
import { SignInFailure, SignInFrame } from './sign-in.tsx'

const route = getRouteApi('/join')

/** Where the link of an invitation leads: an account for the invited address, and then the invitation itself. */
export function JoinPage() {
  useDocumentTitle('Join · NeonHub')
  const { session } = useServices()
  const { email = '', token = '' } = route.useSearch()
  const queryClient = useQueryClient()
  const router = useRouter()
  const signUp = useMutation({
    mutationFn: session.signUp,
    onSuccess: () => {
      queryClient.clear()
      router.history.push('/account')
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = new FormData(event.currentTarget)
    const name = String(fields.get('name'))
    signUp.mutate({ name, email, password: String(fields.get('password')), invitationToken: token })
  }
  return (
    <SignInFrame title="You are invited">
      <form onSubmit={submit}>
        <Stack>
          {signUp.error && <SignInFailure error={signUp.error} />}
          <TextInput label="Email" name="email" type="email" autoComplete="username" value={email} readOnly />
          <TextInput label="Your name" name="name" autoComplete="name" required autoFocus />
          <PasswordInput
            label="Password"
            name="password"
            description="At least 10 characters."
            autoComplete="new-password"
            minLength={10}
            required
          />
          <Button type="submit" fullWidth loading={signUp.isPending}>
            Make the account
          </Button>
          <Text size="sm" c="dimmed">
            You have one already?{' '}
            <Link to="/sign-in" search={{ to: '/account' }}>
              Sign in
            </Link>
            ; the invitation waits under Account.
          </Text>
        </Stack>
      </form>
    </SignInFrame>
  )
}
