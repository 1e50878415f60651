import { type InferenceEndpoint, ModelProvider, routes } from '@neonhub/contract'
import { Button, Modal, NativeSelect, PasswordInput, Stack, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import { useServices } from '../api/use-api.ts'
import { notifyDone } from '../components/notify.ts'
import { ProblemNotice } from '../components/problem-notice.tsx'
import { providerNames } from './provider-names.ts'

interface AccountDialogProps {
  readonly opened: boolean
  readonly onClose: () => void
  /** The account that is changed; undefined for a new one. */
  readonly account: InferenceEndpoint | undefined
}

/** Sets the organization's account at a provider. */
export function AccountDialog({ opened, onClose, account }: AccountDialogProps) {
  const title = account ? `Your account: ${providerNames[account.provider]}` : 'Use your own account'
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered>
      <AccountForm account={account} onDone={onClose} />
    </Modal>
  )
}

const choices = ModelProvider.options.map((value) => ({ value, label: providerNames[value] }))

/** What was typed, or nothing. */
function filled(fields: FormData, name: string): string | undefined {
  const value = fields.get(name)
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined
}

function AccountForm({ account, onDone }: Pick<AccountDialogProps, 'account'> & { readonly onDone: () => void }) {
  const { api } = useServices()
  const queryClient = useQueryClient()
  const [provider, setProvider] = useState<ModelProvider>(account?.provider ?? 'openai')
  const save = useMutation({
    mutationFn: (fields: FormData) =>
      api.call(routes.setInferenceEndpoint, {
        params: { provider },
        body: {
          apiKey: filled(fields, 'apiKey'),
          baseUrl: filled(fields, 'baseUrl'),
          defaultModel: filled(fields, 'defaultModel'),
        },
      }),
    onSuccess: () => {
      notifyDone(`${providerNames[provider]} is asked with your own account from now on.`)
      onDone()
      return queryClient.invalidateQueries({ queryKey: ['inference-endpoints'] })
    },
  })
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    save.mutate(new FormData(event.currentTarget))
  }
  const isOwnServer = provider === 'compatible'
  return (
    <form onSubmit={submit}>
      <Stack>
        {save.error && <ProblemNotice title="The account could not be set" error={save.error} />}
        {!account && (
          <NativeSelect
            label="Provider"
            data={choices}
            value={provider}
            onChange={(event) => setProvider(ModelProvider.parse(event.currentTarget.value))}
          />
        )}
        <PasswordInput
          label="Key"
          name="apiKey"
          autoComplete="off"
          description={
            account?.hasKey
              ? 'Left empty, the stored one stays, unless the address changes.'
              : isOwnServer
                ? 'If your server asks for one. It is sealed, and never shown.'
                : 'It is sealed, and never shown.'
          }
          required={!isOwnServer && account?.hasKey !== true}
        />
        <TextInput
          label="Address"
          name="baseUrl"
          type="url"
          defaultValue={account?.baseUrl}
          placeholder="https://models.example.com/v1"
          description={isOwnServer ? 'It speaks OpenAI’s dialect.' : 'Empty for the provider’s own.'}
          required={isOwnServer}
        />
        <TextInput
          label="Default model"
          name="defaultModel"
          defaultValue={account?.defaultModel}
          description="Asked where neither an agent nor its configuration names one."
          maxLength={200}
        />
        <Button type="submit" loading={save.isPending}>
          Use this account
        </Button>
      </Stack>
    </form>
  )
}
