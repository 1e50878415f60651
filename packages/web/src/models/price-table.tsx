import type { ModelPrice } from '@neonhub/contract'
import { Paper, Table, Text, Title } from '@mantine/core'
import { formatCost } from '../format/cost.ts'

/** What models cost the organization, where that is not the list price. */
export function PriceTable({ prices }: { readonly prices: readonly ModelPrice[] }) {
  return (
    <Paper withBorder radius="md" p={{ base: 'md', sm: 'lg' }} component="section">
      <Title order={2} size="h4">
        Your own prices
      </Title>
      <Text size="sm" c="dimmed" mb="sm">
        For a million tokens; they come before the list prices.
      </Text>
      <Table.ScrollContainer minWidth={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Model</Table.Th>
              <Table.Th>From</Table.Th>
              <Table.Th ta="right">Input</Table.Th>
              <Table.Th ta="right">Cache read</Table.Th>
              <Table.Th ta="right">Cache write</Table.Th>
              <Table.Th ta="right">Output</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {prices.map(({ id, provider, model, effectiveFrom, currency, input, cacheRead, cacheWrite, output }) => (
              <Table.Tr key={id}>
                <Table.Td>{`${provider}:${model}`}</Table.Td>
                <Table.Td>{effectiveFrom}</Table.Td>
                {[input, cacheRead, cacheWrite, output].map((micros, index) => (
                  <Table.Td key={index} ta="right">
                    {formatCost(micros, { currency })}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
    </Paper>
  )
}
