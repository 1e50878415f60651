import { stderr, stdout } from 'node:process'

/** Where a command writes: its result to standard output, what happens meanwhile to standard error. */
export interface Terminal {
  readonly print: (text: string) => void
  /** A line of progress; nothing with `--json`, where a program reads. */
  readonly note: (text: string) => void
  /** Replaces the last such line on a terminal; elsewhere nothing, so that logs do not fill up. */
  readonly status: (text: string) => void
  readonly isJson: boolean
}

const clearLine = '\r\u001b[2K'

export function createTerminal({ json }: { readonly json: boolean }): Terminal {
  let hasStatus = false
  const endStatus = () => {
    if (hasStatus) stderr.write(clearLine)
    hasStatus = false
  }
  return {
    isJson: json,
    print: (text) => {
      endStatus()
      stdout.write(`${text}\n`)
    },
    note: (text) => {
      endStatus()
      if (!json) stderr.write(`${text}\n`)
    },
    status: (text) => {
      if (json || !stderr.isTTY) return
      stderr.write(`${clearLine}${text.slice(0, (stderr.columns ?? 80) - 1)}`)
      hasStatus = true
    },
  }
}
