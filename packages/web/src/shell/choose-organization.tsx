import { Button, Stack } from '@mantine/core'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { OrganizationIcon } from '../icons.tsx'
import { useMe } from './use-me.ts'
import { useOrganizationSwitch } from './use-organization-switch.ts'

/** Stands in place of every page while it is not known whose data they should show. */
export function ChooseOrganization() {
  const { organizations } = useMe()
  const switchTo = useOrganizationSwitch()
  if (organizations.length === 0) {
    return (
      <EmptyState icon={OrganizationIcon} title="You belong to no organization">
        Ask an owner or admin of your organization to invite the address that you signed in with.
      </EmptyState>
    )
  }
  return (
    <>
      <PageHeader title="Choose an organization" description="Each has its own runs, brands and connections." />
      <Stack maw={420} gap="xs">
        {organizations.map(({ id, name }) => (
          <Button key={id} variant="default" size="md" justify="flex-start" onClick={() => switchTo(id)}>
            {name}
          </Button>
        ))}
      </Stack>
    </>
  )
}
