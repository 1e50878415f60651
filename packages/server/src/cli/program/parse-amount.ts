import { InvalidArgumentError } from 'commander'

/** Reads an amount of money or of messages. */
export function parseAmount(text: string): number {
  const amount = Number(text)
  if (text.trim() !== '' && Number.isFinite(amount)) return amount
  throw new InvalidArgumentError('It must be an amount, such as 25 or 2.50.')
}
