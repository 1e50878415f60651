import { Button, Code, Skeleton, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { inferenceEndpointsQuery, modelPricesQuery } from '../api/queries.ts'
import { useServices } from '../api/use-api.ts'
import { EmptyState } from '../components/empty-state.tsx'
import { PageHeader } from '../components/page-header.tsx'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { ModelIcon } from '../icons.tsx'
import { AccountCard } from '../models/account-card.tsx'
import { AccountDialog } from '../models/account-dialog.tsx'
import { BreakerNotice } from '../models/breaker-notice.tsx'
import { PriceTable } from '../models/price-table.tsx'
import { useMe } from '../shell/use-me.ts'

export function ModelsPage() {
  const { api } = useServices()
  const { may } = useMe()
  const accounts = useQuery(inferenceEndpointsQuery(api))
  const prices = useQuery(modelPricesQuery(api))
  const [isAdding, { open, close }] = useDisclosure()
  const error = accounts.error ?? prices.error
  return (
    <>
      <PageHeader
        title="Models"
        description="Accounts of your own at providers of models. What you have none for is asked with the installation’s."
        actions={may('connections:write') && <Button onClick={open}>Use your own account</Button>}
      />
      <Stack maw={860}>
        {error && (
          <ProblemNotice
            title="The accounts could not be read"
            error={error}
            onRetry={() => void Promise.all([accounts.refetch(), prices.refetch()])}
          />
        )}
        {accounts.isPending && <Skeleton height={120} radius="md" aria-label="Loading the accounts" />}
        {accounts.data && (
          <Text size="sm">
            Where nobody names a model, <Code>{accounts.data.defaultModel}</Code> is asked.
          </Text>
        )}
        {accounts.data && accounts.data.fallbackModels.length > 0 && (
          <Text size="sm">Where a model cannot be asked: {accounts.data.fallbackModels.join(', then ')}.</Text>
        )}
        {accounts.data?.breakers.map((breaker) => (
          <BreakerNotice key={breaker.provider} breaker={breaker} />
        ))}
        {accounts.data?.endpoints.map((account) => (
          <AccountCard key={account.provider} account={account} />
        ))}
        {accounts.data?.endpoints.length === 0 && (
          <EmptyState icon={ModelIcon} title="Every provider is asked with the installation’s account">
            With your own, your calls are on your bill, and your key stays sealed.
          </EmptyState>
        )}
        {prices.data && prices.data.prices.length > 0 && <PriceTable prices={prices.data.prices} />}
      </Stack>
      <AccountDialog opened={isAdding} onClose={close} account={undefined} />
    </>
  )
}
