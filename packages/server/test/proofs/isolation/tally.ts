import type { Answer } from './insider.ts'

/** What the probes have found so far. */
export class Tally {
  probes = 0
  foreignRows = 0
  differingAnswers = 0
  /** How often a probe met what it was made for, such as a foreign key that refuses: a proof of nothing has none. */
  readonly met = new Map<string, number>()
  readonly findings: string[] = []

  /** Every row that a statement returned or touched is another organization's. */
  foreign(name: string, rows: number): void {
    this.probes += 1
    if (rows === 0) return
    this.foreignRows += rows
    this.findings.push(`${name}: ${rows} foreign rows`)
  }

  /** A foreign id and an absent one must be answered alike, but for the id itself. */
  same(name: string, { foreign, absent }: { readonly foreign: Answer; readonly absent: Answer }): void {
    this.probes += 2
    if (foreign.text === absent.text) return
    this.differingAnswers += 1
    this.findings.push(`${name}: foreign ${foreign.text} / absent ${absent.text}`)
  }

  meet(what: string): void {
    this.met.set(what, (this.met.get(what) ?? 0) + 1)
  }
}
