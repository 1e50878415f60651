import type { Command } from 'commander'
import type { OperatorContext } from './db.ts'

/** Adds the commands with which an operator helps a user who is locked out. */
export function addUserCommands(users: Command, { readConfig, openTerminal }: OperatorContext): void {
  users
    .command('reset-password')
    .description('give a user a new password, shown once, and end the user’s sessions')
    .argument('<email>')
    .action(async (email: string) => {
      const { showReset } = await import('./users/reset-password.ts')
      await showReset(readConfig(), openTerminal(), email)
    })
  users
    .command('reset-two-factor')
    .description('take a user’s second factor away, once you have made sure who asks, and end the user’s sessions')
    .argument('<email>')
    .action(async (email: string) => {
      const { showTwoFactorReset } = await import('./users/reset-two-factor.ts')
      await showTwoFactorReset(readConfig(), openTerminal(), email)
    })
}
