import { type ModelBreaker, ModelProvider, routes } from '@neonhub/contract'
import { Button, Group, Text, VisuallyHidden } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useServices } from '../api/use-api.ts'
import { Moment } from '../components/moment.tsx'
import { Notice } from '../components/notice.tsx'
import { notifyDone, notifyFailure } from '../components/notify.ts'
import { WarningIcon } from '../icons.tsx'
import { useMe } from '../shell/use-me.ts'
import { providerNames } from './provider-names.ts'

/** Says that calls of a provider fail by its fault, and until when those that have a fallback go to it at once. */
export function BreakerNotice({ breaker }: { readonly breaker: ModelBreaker }) {
  const { may } = useMe()
  const { faults, openUntil, error } = breaker
  const provider = ModelProvider.options.find((one) => one === breaker.provider)
  const name = provider ? providerNames[provider] : breaker.provider
  return (
    <Notice
      tone="bad"
      icon={WarningIcon}
      title={`${name}: the last ${faults === 1 ? 'call' : `${faults} calls`} failed`}
    >
      <Text size="sm">{error}</Text>
      {openUntil !== undefined && (
        <Group gap="sm" mt="xs">
          <Text size="sm">
            Calls that have a fallback go to it at once. One tries it again <Moment at={openUntil} />, and the others
            follow once it succeeds.
          </Text>
          {provider && may('connections:write') && <ResumeButton provider={provider} />}
        </Group>
      )}
    </Notice>
  )
}

function ResumeButton({ provider }: { readonly provider: ModelProvider }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const name = providerNames[provider]
  const resume = useMutation({
    mutationFn: () => api.call(routes.resumeModelProvider, { params: { provider } }),
    onSuccess: () => {
      notifyDone(`${name} is asked again.`)
      return queryClient.invalidateQueries({ queryKey: ['inference-endpoints'] })
    },
    onError: notifyFailure(`${name} is still paused`),
  })
  return (
    <Button size="xs" variant="default" loading={resume.isPending} onClick={() => resume.mutate()}>
      Ask it now<VisuallyHidden> ({name})</VisuallyHidden>
    </Button>
  )
}
