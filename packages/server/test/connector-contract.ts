import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { systemClock } from '../src/base/clock.ts'
import { newId } from '../src/base/ids.ts'
import {
  callAction,
  type ConnectorMode,
  connectors,
  describeAction,
  findEarlierEffect,
  realMoneyOf,
  simulateAction,
} from '../src/connectors/index.ts'
import { ConnectorError, type SandboxStore } from '../src/connectors/spec.ts'
import { createMemorySandboxStore } from './memory-sandbox-store.ts'
import { openNetwork } from './open-network.ts'

/** What the contract needs to know of one action. */
export interface ContractAction {
  /** Arguments that succeed. The key is there for an effect that can be told from others by its content alone. */
  readonly input: (idempotencyKey: string) => unknown
  /** Arguments that do not fit the schema, each with the path of its wrong place. */
  readonly invalid: readonly { readonly input: unknown; readonly path: string }[]
  /** Arguments that fit and that the provider refuses. Absent only where a provider refuses nothing of the kind. */
  readonly refused?: { readonly input: unknown; readonly code: string }
  /** How many effects with this key stand outside, as the receiver counts them. Absent for reads. */
  readonly effects?: (idempotencyKey: string) => Promise<number>
}

/** A connector with its outside running. */
export interface ContractSubject {
  readonly settings: unknown
  readonly credentials: unknown
  readonly store?: SandboxStore
  readonly actions: Readonly<Record<string, ContractAction>>
  readonly close?: () => Promise<void>
}

/** What every action of every connector does, in the sandbox as with the provider. */
export function describeConnectorContract(
  connectorId: string,
  { mode, open }: { mode: ConnectorMode; open: () => Promise<ContractSubject> },
): void {
  const actionNames = Object.keys(connectors.get(connectorId)?.actions ?? {})

  describe(`${connectorId} keeps the connector contract (${mode})`, () => {
    let subject: ContractSubject
    beforeAll(async () => {
      subject = await open()
    })
    afterAll(async () => subject.close?.())

    test('the connector has actions', () => expect(actionNames).not.toHaveLength(0))

    describe.each(actionNames)('%s', (actionName) => {
      const tool = `${connectorId}.${actionName}`
      const contractOf = () => subject.actions[actionName] ?? expect.fail(`${tool} has no contract`)
      const effectClass = connectors.get(connectorId)?.actions[actionName]?.effect
      const invocation = (input: unknown, changes: { idempotencyKey?: string; signal?: AbortSignal } = {}) => ({
        tool,
        mode,
        settings: subject.settings,
        credentials: subject.credentials,
        input,
        idempotencyKey: String(newId()),
        signal: AbortSignal.timeout(10_000),
        ...openNetwork,
        clock: systemClock,
        store: subject.store ?? createMemorySandboxStore(),
        ...changes,
      })

      test('valid input succeeds with an output that fits the schema', async () => {
        const output = await callAction(invocation(contractOf().input(newId())))
        expect(connectors.get(connectorId)?.actions[actionName]?.output.parse(output)).toEqual(output)
      })

      test('a call comes to no more money than was said before it, in the same currency', async () => {
        const asked = invocation(contractOf().input(newId()))
        const { cost, adSpend } = describeAction(asked)
        const output = await callAction(asked)
        const action = connectors.get(connectorId)?.actions[actionName]
        for (const [most, use] of [
          [cost, action?.cost],
          [adSpend, action?.adSpend],
        ] as const) {
          const real = realMoneyOf(use, output)
          if (!real) continue
          expect(most).toMatchObject({ currency: real.currency })
          expect(real.micros).toBeLessThanOrEqual(typeof most === 'object' ? most.micros : 0)
        }
      })

      test('parsed input may be parsed again, and its schema can be shown to a model', () => {
        const once = describeAction(invocation(contractOf().input(newId())))
        expect(describeAction(invocation(once.input))).toEqual(once)
        const schema = connectors.get(connectorId)?.actions[actionName]?.input ?? expect.fail()
        expect(z.toJSONSchema(schema, { io: 'input' })).toHaveProperty('type', 'object')
      })

      test('what a dry run is told instead fits the schema, and nothing leaves', async () => {
        const idempotencyKey = newId()
        const output = simulateAction(invocation(contractOf().input(idempotencyKey)))
        expect(connectors.get(connectorId)?.actions[actionName]?.output.parse(output)).toEqual(output)
        expect((await contractOf().effects?.(idempotencyKey)) ?? 0).toBe(0)
      })

      test('preview and recipients agree', () => {
        const { preview, recipients } = describeAction(invocation(contractOf().input(newId())))
        expect(preview.recipients).toEqual(recipients)
        expect(preview.title).not.toBe('')
      })

      test('invalid input is refused with the path of what is wrong, and nothing leaves', async () => {
        for (const { input, path } of contractOf().invalid) {
          const idempotencyKey = newId()
          const refused = { code: 'connectors.input_invalid', kind: 'invalid', effect: 'none' }
          const error = await callAction(invocation(input, { idempotencyKey })).catch((thrown: unknown) => thrown)
          expect(error).toBeInstanceOf(ConnectorError)
          expect(error).toMatchObject({
            ...refused,
            issues: expect.arrayContaining([expect.objectContaining({ path })]),
          })
          expect((await contractOf().effects?.(idempotencyKey)) ?? 0).toBe(0)
        }
      })

      test('an unknown argument is refused', async () => {
        const input = z.looseObject({}).parse(contractOf().input(newId()))
        const error = await callAction(invocation({ ...input, surprise: 1 })).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'connectors.input_invalid', effect: 'none' })
      })

      test('a refusal by the provider has no effect', async () => {
        const { refused, effects } = contractOf()
        if (!refused) return expect(effectClass).not.toBe('once')
        const idempotencyKey = newId()
        const error = await callAction(invocation(refused.input, { idempotencyKey })).catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(ConnectorError)
        expect(error).toMatchObject({ code: refused.code, effect: 'none' })
        expect((await effects?.(idempotencyKey)) ?? 0).toBe(0)
      })

      test('a call that is stopped before it begins has no effect', async () => {
        const idempotencyKey = newId()
        const stopped = invocation(contractOf().input(idempotencyKey), { idempotencyKey, signal: AbortSignal.abort() })
        const error = await callAction(stopped).catch((thrown: unknown) => thrown)
        expect(error).toBeInstanceOf(ConnectorError)
        expect(error).toMatchObject({ code: 'connectors.deadline', effect: 'none' })
        expect((await contractOf().effects?.(idempotencyKey)) ?? 0).toBe(0)
      })

      test.runIf(effectClass === 'idempotent')('the same key twice is one effect', async () => {
        const { input: inputFor, effects = () => expect.fail('no count') } = contractOf()
        const idempotencyKey = newId()
        const input = inputFor(idempotencyKey)
        const first = await callAction(invocation(input, { idempotencyKey }))
        expect(await callAction(invocation(input, { idempotencyKey }))).toEqual(first)
        expect(await effects(idempotencyKey)).toBe(1)
      })

      test.runIf(effectClass === 'lookup')('an earlier effect is found by its key, and only by its key', async () => {
        const { input: inputFor, effects = () => expect.fail('no count') } = contractOf()
        const idempotencyKey = newId()
        const input = inputFor(idempotencyKey)
        expect(await findEarlierEffect(invocation(input, { idempotencyKey }))).toBeUndefined()
        const first = await callAction(invocation(input, { idempotencyKey }))
        expect(await findEarlierEffect(invocation(input, { idempotencyKey }))).toEqual(first)
        expect(await findEarlierEffect(invocation(input))).toBeUndefined()
        expect(await effects(idempotencyKey)).toBe(1)
      })

      test.runIf(effectClass === 'once')('one call is one effect', async () => {
        const { input: inputFor, effects = () => expect.fail('no count') } = contractOf()
        const idempotencyKey = newId()
        const input = inputFor(idempotencyKey)
        await callAction(invocation(input, { idempotencyKey }))
        expect(await effects(idempotencyKey)).toBe(1)
      })
    })
  })
}
