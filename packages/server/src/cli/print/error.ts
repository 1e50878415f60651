import { inspect } from 'node:util'
import pc from 'picocolors'
import { messageOf, NeonHubError } from '../../base/errors.ts'

/** What a person reads of a failure: what is wrong, where, and what to do. The stack only where it is asked for. */
export function formatError(error: unknown, { verbose }: { readonly verbose: boolean }): string {
  const lines = [`${pc.red('error:')} ${messageOf(error)}`]
  if (error instanceof NeonHubError) {
    if (error.hint !== undefined) lines.push(`  ${pc.yellow('hint:')} ${error.hint}`)
    lines.push(pc.dim(`  code: ${error.code}`))
  } else {
    lines.push(pc.dim('  This is a fault of NeonHub itself. Run it again with --verbose to see where it comes from.'))
  }
  if (verbose) lines.push(pc.dim(inspect(error)))
  return lines.join('\n')
}
