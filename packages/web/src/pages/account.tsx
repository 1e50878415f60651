import { Box, Stack } from '@mantine/core'
import { AccountInvitations } from '../account/account-invitations.tsx'
import { SettingsForm } from '../account/settings-form.tsx'
import { TwoFactorSection } from '../account/two-factor-section.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { useMe } from '../shell/use-me.ts'

/** What is the signed-in person's own, in every organization alike. */
export function AccountPage() {
  const { user } = useMe()
  return (
    <Box maw={720}>
      <PageHeader title="Account" description={user ? `${user.name}, ${user.email}` : 'Yours, wherever you act'} />
      <Stack gap="lg">
        <AccountInvitations />
        <TwoFactorSection />
        <SettingsForm />
      </Stack>
    </Box>
  )
}
