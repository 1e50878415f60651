import { AppShell, Burger, Group, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { AccountPage } from '../pages/account.tsx'
import { AccountMenu } from './account-menu.tsx'
import { ChooseOrganization } from './choose-organization.tsx'
import { ColorSchemeButton } from './color-scheme-button.tsx'
import { Logo } from './logo.tsx'
import { Navigation } from './navigation.tsx'
import { NotificationBell } from './notification-bell.tsx'
import { OrganizationMenu } from './organization-menu.tsx'
import { useMe } from './use-me.ts'
import { useOwnTheme } from './use-own-theme.ts'

/** The frame around every page behind the sign-in. */
export function Shell() {
  const [opened, { toggle, close }] = useDisclosure()
  const { organization, twoFactorRequired } = useMe()
  // What is the person's own stays open where the organization is not.
  const isOwn = useLocation({ select: ({ pathname }) => pathname === '/account' })
  const content = twoFactorRequired ? <AccountPage /> : organization || isOwn ? <Outlet /> : <ChooseOrganization />
  useOwnTheme()
  return (
    <AppShell
      header={{ height: 56 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !opened } }}
      padding={{ base: 'md', sm: 'lg' }}
    >
      <a className="skip-link" href="#content">
        Skip to the content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <Link to="/runs" aria-label="NeonHub" style={{ color: 'inherit', textDecoration: 'none' }}>
              <Group gap={8} wrap="nowrap">
                <Logo size={28} />
                <Text span fw={700} visibleFrom="xs">
                  NeonHub
                </Text>
              </Group>
            </Link>
          </Group>
          <Group gap="xs" wrap="nowrap" miw={0}>
            <OrganizationMenu />
            {organization && !twoFactorRequired && <NotificationBell />}
            <ColorSchemeButton />
            <AccountMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm">
        <Navigation onNavigate={close} />
      </AppShell.Navbar>
      <AppShell.Main id="content" tabIndex={-1}>
        {content}
      </AppShell.Main>
    </AppShell>
  )
}
