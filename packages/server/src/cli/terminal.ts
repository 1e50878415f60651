import { stderr, stdout } from 'node:process'

/** Where a command writes: its result to standard output, what happens meanwhile to standard error. */
export interface Terminal {
  readonly print: (text: string) => void
  /** A line of progress; nothing with `--json`, where a program reads. */
  readonly note: (text: string) => void
  /**
   * Shows what is under way, in one line that turns until the next thing is told: what takes long may not look dead. On
   * a terminal only, so that logs do not fill up. Plain text: it is cut at the terminal's edge.
   */
  readonly status: (text: string) => void
  /** Takes that line away. */
  readonly endStatus: () => void
  readonly isJson: boolean
}

const clearLine = '\r\u001b[2K'
const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏']
const frameMs = 100

export function createTerminal({ json }: { readonly json: boolean }): Terminal {
  let line: string | undefined
  let turn = 0
  let timer: NodeJS.Timeout | undefined
  const draw = () => {
    const text = `${frames[turn % frames.length]} ${line ?? ''}`
    // Whole characters, and none in the last column, where some terminals begin a new line.
    const cut = [...text].slice(0, Math.max(1, (stderr.columns ?? 80) - 1)).join('')
    stderr.write(`${clearLine}${cut}`)
  }
  const endStatus = () => {
    clearInterval(timer)
    timer = undefined
    if (line !== undefined) stderr.write(clearLine)
    line = undefined
  }
  return {
    isJson: json,
    endStatus,
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
      line = text
      draw()
      timer ??= setInterval(() => {
        turn += 1
        draw()
      }, frameMs).unref()
    },
  }
}
