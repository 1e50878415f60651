import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { stdin } from 'node:process'
import { type InferenceEndpoint, type ModelPrice, ModelProvider, routes } from '@neonhub/contract'
import pc from 'picocolors'
import { compact } from '../../base/compact.ts'
import { NeonHubError } from '../../base/errors.ts'
import type { ApiClient } from '../client.ts'
import { parseId } from '../parse-id.ts'
import { parseFallbacks } from '../parse-fallbacks.ts'
import { formatBreaker } from '../print/breaker.ts'
import { formatTable, plainText } from '../print/format.ts'
import type { Terminal } from '../terminal.ts'

function parseProvider(name: string): ModelProvider {
  const provider = ModelProvider.options.find((one) => one === name)
  if (provider) return provider
  throw new NeonHubError('cli.provider_unknown', `There is no provider "${name}"`, {
    kind: 'invalid',
    hint: `Name one of ${ModelProvider.options.join(', ')}.`,
  })
}

/** Which accounts are asked, and what an organization pays where that is not the list price. */
export async function listModels(client: ApiClient, terminal: Terminal): Promise<void> {
  const { endpoints, defaultModel, fallbackModels, breakers } = await client.call(routes.listInferenceEndpoints)
  const { prices } = await client.call(routes.listModelPrices)
  if (terminal.isJson)
    return terminal.print(JSON.stringify({ defaultModel, fallbackModels, breakers, endpoints, prices }))
  terminal.print(`Where nobody names a model, ${pc.bold(defaultModel)} is asked.`)
  if (fallbackModels.length > 0) terminal.print(`Where a model cannot be asked: ${fallbackModels.join(', then ')}.`)
  for (const breaker of breakers) {
    terminal.print(`${pc.red(breaker.provider)}: ${formatBreaker(breaker)}`)
  }
  if (endpoints.length === 0) {
    terminal.print(
      'Every provider is asked with the installation’s account. To use your own: neonhub models set openai --key-file FILE',
    )
  } else {
    const rows = endpoints.map((one) => [
      one.provider,
      one.baseUrl ?? 'its own',
      one.hasKey ? 'sealed' : 'none',
      stateOf(one),
    ])
    terminal.print(formatTable([['PROVIDER', 'ADDRESS', 'KEY', 'CHECKED'], ...rows]))
  }
  if (prices.length > 0) terminal.print(formatTable([priceHeader, ...prices.map(priceRow)]))
}

function stateOf({ checkedAt, checkError }: InferenceEndpoint): string {
  if (checkedAt === undefined) return 'never'
  return checkError === undefined ? `answers, ${checkedAt}` : pc.red(plainText(checkError))
}

const priceHeader = ['MODEL', 'FROM', 'INPUT', 'CACHE READ', 'CACHE WRITE', 'OUTPUT', 'PER MILLION', 'ID']
const perMillion = (micros: number) => `${micros / 1_000_000}`
const priceRow = (price: ModelPrice) => [
  `${price.provider}:${price.model}`,
  price.effectiveFrom,
  perMillion(price.input),
  perMillion(price.cacheRead),
  perMillion(price.cacheWrite),
  perMillion(price.output),
  price.currency,
  price.id,
]

/** Sets the organization's own account at a provider. A key comes from a file or from standard input (`-`). */
export async function setEndpoint(
  client: ApiClient,
  terminal: Terminal,
  {
    provider,
    keyFile,
    baseUrl,
    defaultModel,
  }: {
    readonly provider: string
    readonly keyFile?: string
    readonly baseUrl?: string
    readonly defaultModel?: string
  },
): Promise<void> {
  const params = { provider: parseProvider(provider) }
  const apiKey = keyFile === undefined ? undefined : await readKey(keyFile)
  const endpoint = await client.call(routes.setInferenceEndpoint, {
    params,
    body: compact({ apiKey, baseUrl, defaultModel }),
  })
  if (terminal.isJson) return terminal.print(JSON.stringify(endpoint))
  terminal.print(
    `${pc.bold(provider)} is asked with your own account from now on. Try it: neonhub models check ${provider}`,
  )
}

async function readKey(file: string): Promise<string> {
  const key = (file === '-' ? await text(stdin) : await readFileOrThrow(file)).trim()
  if (key !== '') return key
  throw new NeonHubError('cli.key_empty', 'There is no key in what was given', {
    kind: 'invalid',
    hint: 'Give a file that holds the key alone, or - and the key on standard input.',
  })
}

async function readFileOrThrow(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new NeonHubError('cli.file_unreadable', `The file ${file} cannot be read`, { kind: 'invalid', cause })
  }
}

/** Names the models that stand in for one that cannot be asked, whole. */
export async function setFallbacks(client: ApiClient, terminal: Terminal, refs: readonly string[]): Promise<void> {
  const { models } = await client.call(routes.setFallbackModels, { body: { models: parseFallbacks(refs) } })
  if (terminal.isJson) return terminal.print(JSON.stringify({ models }))
  terminal.print(
    models.length === 0
      ? 'No model stands in for another from now on.'
      : `Where a model cannot be asked: ${models.join(', then ')}.`,
  )
}

/** Has a provider asked again whose breaker is open. */
export async function resumeProvider(client: ApiClient, terminal: Terminal, provider: string): Promise<void> {
  const resumed = await client.call(routes.resumeModelProvider, { params: { provider: parseProvider(provider) } })
  if (terminal.isJson) return terminal.print(JSON.stringify(resumed))
  terminal.print(
    resumed.wasFailing ? `${pc.bold(provider)} is asked again.` : `The last call of ${pc.bold(provider)} went well.`,
  )
}

/** Takes the account away with its key. */
export async function removeEndpoint(client: ApiClient, terminal: Terminal, provider: string): Promise<void> {
  const removed = await client.call(routes.removeInferenceEndpoint, { params: { provider: parseProvider(provider) } })
  terminal.print(
    terminal.isJson ? JSON.stringify(removed) : `${pc.bold(provider)} is asked with the installation’s account again.`,
  )
}

/** Asks a model of the account for one word. False where the provider complained. */
export async function checkEndpoint(
  client: ApiClient,
  terminal: Terminal,
  { provider, model }: { readonly provider: string; readonly model: string | undefined },
): Promise<boolean> {
  const checked = await client.call(routes.checkInferenceEndpoint, {
    params: { provider: parseProvider(provider) },
    body: compact({ model }),
  })
  const { checkError } = checked
  const line =
    checkError === undefined ? `${pc.bold(provider)} answers.` : `${provider} does not answer: ${plainText(checkError)}`
  terminal.print(terminal.isJson ? JSON.stringify(checked) : line)
  return checkError === undefined
}

/** A price as people write it: units of the currency for a million tokens. */
export interface PriceFlags {
  readonly input: number
  readonly output: number
  readonly cacheRead?: number
  readonly cacheWrite?: number
  readonly from?: string
  readonly currency: string
}

/** Sets what a model costs from a day on. Cached input costs what other input does where nothing else is said. */
export async function setPrice(
  client: ApiClient,
  terminal: Terminal,
  { model: ref, ...flags }: PriceFlags & { readonly model: string },
): Promise<void> {
  const colon = ref.indexOf(':')
  if (colon < 1) {
    throw new NeonHubError('cli.model_unknown', `"${ref}" does not name a model`, {
      kind: 'invalid',
      hint: 'Name it as provider:model, for example openai:gpt-5.',
    })
  }
  const micros = (amount: number) => Math.round(amount * 1_000_000)
  const price = await client.call(routes.setModelPrice, {
    body: {
      provider: parseProvider(ref.slice(0, colon)),
      model: ref.slice(colon + 1),
      effectiveFrom: flags.from ?? new Date().toISOString().slice(0, 10),
      currency: flags.currency,
      input: micros(flags.input),
      cacheRead: micros(flags.cacheRead ?? flags.input),
      cacheWrite: micros(flags.cacheWrite ?? flags.input),
      output: micros(flags.output),
    },
  })
  terminal.print(terminal.isJson ? JSON.stringify(price) : formatTable([priceHeader, priceRow(price)]))
}

/** Takes a price away. */
export async function removePrice(client: ApiClient, terminal: Terminal, id: string): Promise<void> {
  const removed = await client.call(routes.removeModelPrice, { params: { id: parseId(id) } })
  const { provider, model } = removed
  terminal.print(terminal.isJson ? JSON.stringify(removed) : `The list price of ${provider}:${model} holds again.`)
}
