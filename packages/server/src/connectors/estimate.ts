import type { Money, MoneyUse } from './spec.ts'

/** What is known of a call's money before it leaves: the most that it can come to. */
export type Estimate = Money | 'nothing' | 'unknown'

/** Beyond it an amount fits no budget. */
const mostMicros = 1_000_000_000_000_000

/** An amount as budgets take it; undefined for one that is none, which nobody may count with. */
function checked(money: Money | undefined): Money | undefined {
  if (!money || !(money.micros >= 0 && money.micros <= mostMicros) || !/^[A-Z]{3}$/.test(money.currency))
    return undefined
  return { micros: Math.ceil(money.micros), currency: money.currency }
}

/** What a connector says that a call can come to at most. */
export function estimateOf<Input, Settings>(
  use: Pick<MoneyUse<Input, never, Settings>, 'most'> | 'free' | undefined,
  { input, settings, otherwise }: { readonly input: Input; readonly settings: Settings; readonly otherwise: Estimate },
): Estimate {
  if (use === undefined) return otherwise
  return use === 'free' ? 'nothing' : (checked(use.most(input, settings)) ?? 'unknown')
}

/** What a connector reads of the answer that a call came to; undefined where it does not tell. */
export function realMoneyOf<Output>(
  use: Pick<MoneyUse<never, Output, never>, 'real'> | 'free' | undefined,
  output: Output,
): Money | undefined {
  return use === undefined || use === 'free' ? undefined : checked(use.real?.(output))
}
