import type { VoiceEvaluation, VoiceSeparation } from '@neonhub/contract'
import { Stack, Table, Text } from '@mantine/core'

const presentNames = { none: 'No voice', as_written: 'Present, as written', tuned: 'Present, tuned' } as const

/** How well the voice that was in use and the new one tell the brand's texts from others, side by side. */
export function EvaluationTable({ evaluation }: { readonly evaluation: VoiceEvaluation }) {
  const { heldOut, contrast, against, present, candidate } = evaluation
  const others =
    against === 'other_brands' ? `${contrast} of your other brands` : 'the same ones with their words shuffled'
  return (
    <Stack gap="xs">
      <Text size="sm" c="dimmed">
        Each had to tell {heldOut} passages that it was not learned from apart from {others}. 0.5 is chance, 1 without
        fault (area under the ROC curve).
      </Text>
      <Table.ScrollContainer minWidth={420}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>Voice</Table.Th>
              <Table.Th ta="right">Together</Table.Th>
              <Table.Th ta="right">By style</Table.Th>
              <Table.Th ta="right">By meaning</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            <Row name={presentNames[present.origin]} separation={present} />
            <Row name="This version" separation={candidate} />
          </Table.Tbody>
        </Table>
      </Table.ScrollContainer>
      <Text size="sm" fw={600}>
        {verdictOf(evaluation)}
      </Text>
    </Stack>
  )
}

function Row({ name, separation }: { readonly name: string; readonly separation: VoiceSeparation }) {
  const { auc, standardError, styleAuc, meaningAuc } = separation
  return (
    <Table.Tr>
      <Table.Td>{name}</Table.Td>
      <Table.Td ta="right">
        {auc.toFixed(2)} ± {standardError.toFixed(2)}
      </Table.Td>
      <Table.Td ta="right">{styleAuc.toFixed(2)}</Table.Td>
      <Table.Td ta="right">{meaningAuc.toFixed(2)}</Table.Td>
    </Table.Tr>
  )
}

/** Two areas over the same passages: a difference within both errors together is none that could be told. */
function verdictOf({ present, candidate }: VoiceEvaluation): string {
  const difference = candidate.auc - present.auc
  if (Math.abs(difference) <= 2 * Math.hypot(candidate.standardError, present.standardError)) {
    return 'No difference that these passages could show.'
  }
  return difference > 0 ? 'It knows the brand better.' : 'It knows the brand worse.'
}
