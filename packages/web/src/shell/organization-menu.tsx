import { Button, Menu, Text } from '@mantine/core'
import { CheckIcon, ChevronDownIcon, OrganizationIcon } from '../icons.tsx'
import { useMe } from './use-me.ts'
import { useOrganizationSwitch } from './use-organization-switch.ts'

/** The organization that the screens show; a menu where the user has several. */
export function OrganizationMenu() {
  const { organization, organizations } = useMe()
  const switchTo = useOrganizationSwitch()
  if (!organization) return null
  if (organizations.length < 2) {
    return (
      <Text size="sm" fw={500} truncate>
        {organization.name}
      </Text>
    )
  }
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <Button
          variant="default"
          size="xs"
          leftSection={<OrganizationIcon size={16} />}
          rightSection={<ChevronDownIcon size={14} />}
          aria-label={`Organization: ${organization.name}. Change`}
          miw={0}
        >
          <Text span size="xs" truncate maw={{ base: 110, xs: 220 }}>
            {organization.name}
          </Text>
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Organizations</Menu.Label>
        {organizations.map(({ id, name, role }) => (
          <Menu.Item
            key={id}
            onClick={() => switchTo(id)}
            rightSection={id === organization.id ? <CheckIcon size={14} /> : undefined}
            aria-current={id === organization.id ? 'true' : undefined}
          >
            {name}
            {role !== undefined && (
              <Text span size="xs" c="dimmed" ml={6}>
                {role}
              </Text>
            )}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
