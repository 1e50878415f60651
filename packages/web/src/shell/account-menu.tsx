import { Avatar, Menu, Text, UnstyledButton } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useServices } from '../api/use-api.ts'
import { notifyFailure } from '../components/notify.ts'
import { MembersIcon, SignOutIcon } from '../icons.tsx'
import { useMe } from './use-me.ts'

/** Who is signed in, and the way out. */
export function AccountMenu() {
  const { session, organizationChoice } = useServices()
  const { user, principal } = useMe()
  const queryClient = useQueryClient()
  const router = useRouter()
  const signOut = useMutation({
    mutationFn: session.signOut,
    onSuccess: async () => {
      organizationChoice.choose(undefined)
      await router.navigate({ to: '/sign-in' })
      queryClient.clear()
    },
    onError: notifyFailure('Signing out did not work'),
  })
  const name = user?.name ?? principal.name
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${name}`} style={{ borderRadius: '50%' }}>
          <Avatar name={name} color="violet" size={34} alt="" />
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          <Text size="sm" fw={600} c="var(--mantine-color-text)">
            {name}
          </Text>
          {user && <Text size="xs">{user.email}</Text>}
        </Menu.Label>
        <Menu.Divider />
        <Menu.Item leftSection={<MembersIcon />} onClick={() => void router.navigate({ to: '/account' })}>
          Account
        </Menu.Item>
        <Menu.Item leftSection={<SignOutIcon />} onClick={() => signOut.mutate()}>
          Sign out
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
