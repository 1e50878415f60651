import type { Run } from '@neonhub/contract'
import { Anchor, Text } from '@mantine/core'
import { Link } from '@tanstack/react-router'

/** What a run was made of, and what it is asked with in the place of what is set. Nothing where that is nothing. */
export function OriginNotice({ run }: { readonly run: Run }) {
  const { forkedFromRunId, forkedFromStep, overrides } = run
  const asked = [
    ...(overrides?.model === undefined ? [] : [overrides.model]),
    ...(overrides?.prompts ?? []).map(({ key, version }) => `“${key}” in version ${version}`),
  ]
  if (forkedFromRunId === undefined && forkedFromStep === undefined && asked.length === 0) return null
  return (
    <Text size="sm" mt="xs">
      {forkedFromRunId === undefined ? (
        forkedFromStep !== undefined && 'Made of a run that is no longer kept'
      ) : (
        <>
          Made of{' '}
          <Anchor component={Link} to={`/runs/${forkedFromRunId}`} size="sm">
            run …{forkedFromRunId.slice(-6)}
          </Anchor>
        </>
      )}
      {forkedFromStep === undefined ? '' : `, from “${forkedFromStep}” on`}
      {asked.length === 0 ? '' : `, asking ${asked.join(', ')}`}.
    </Text>
  )
}
