import { hash } from 'node:crypto'

const modulus = 1n << 256n

/** What a table's rows come to: how many, and the sum of their hashes, which no order of reading changes. */
export interface TableSum {
  readonly rows: number
  /** The SHA-256 of each row's text, added up modulo 2^256, in hex. A plain XOR would not see a row that is there twice. */
  readonly hash: string
}

/** Adds up a table's rows as they go by. */
export class RowSum {
  #rows = 0
  #hash = 0n

  add(lines: readonly string[]): void {
    for (const line of lines) this.#hash += BigInt(`0x${hash('sha256', line)}`)
    this.#hash %= modulus
    this.#rows += lines.length
  }

  get sum(): TableSum {
    return { rows: this.#rows, hash: this.#hash.toString(16).padStart(64, '0') }
  }
}

export const isSameSum = (one: TableSum | undefined, other: TableSum | undefined) =>
  one?.rows === other?.rows && one?.hash === other?.hash
