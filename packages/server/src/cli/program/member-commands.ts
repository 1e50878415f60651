import type { Command } from 'commander'
import {
  inviteMember,
  listInvitations,
  listMembers,
  removeMember,
  requireTwoFactor,
  revokeInvitation,
  setMemberRole,
} from '../commands/members.ts'
import { createRole, deleteRole, listRoles, updateRole, withholdPermissions } from '../commands/roles.ts'
import type { Clients } from './clients.ts'

type WithClient = Pick<Clients, 'withClient'>

/** Who belongs to an organization, and what they may do there. */
export function addMemberCommands(program: Command, { withClient }: WithClient): void {
  const members = program
    .command('members')
    .description('who belongs to the organization')
    .action(() => withClient((client, terminal) => listMembers(client, terminal)))
  members
    .command('invite')
    .description('ask an address to join; prints the secret of the link, once')
    .argument('<email>')
    .requiredOption('--role <role>', 'neonhub roles lists them')
    .action((email: string, { role }: { role: string }) =>
      withClient((client, terminal) => inviteMember(client, terminal, { email, role })),
    )
  members
    .command('invitations')
    .description('who was asked to join')
    .action(() => withClient((client, terminal) => listInvitations(client, terminal)))
  members
    .command('revoke-invitation')
    .description('take an open invitation back')
    .argument('<id>')
    .action((id: string) => withClient((client, terminal) => revokeInvitation(client, terminal, id)))
  members
    .command('set-role')
    .description('give a member another role')
    .argument('<member>', 'address or id')
    .argument('<role>')
    .action((member: string, role: string) =>
      withClient((client, terminal) => setMemberRole(client, terminal, { member, role })),
    )
  members
    .command('remove')
    .description('let a member in no more, and revoke the member’s keys')
    .argument('<member>', 'address or id')
    .action((member: string) => withClient((client, terminal) => removeMember(client, terminal, member)))
  members
    .command('require-two-factor')
    .description('let in only members with a second factor; keys for programs go on')
    .addArgument(program.createArgument('<state>').choices(['on', 'off']))
    .action((state: 'on' | 'off') =>
      withClient((client, terminal) => requireTwoFactor(client, terminal, state === 'on')),
    )
  addRoleCommands(program, { withClient })
}

function addRoleCommands(program: Command, { withClient }: WithClient): void {
  const roles = program
    .command('roles')
    .description('the roles of the organization, and what each allows')
    .action(() => withClient((client, terminal) => listRoles(client, terminal)))
  for (const [command, description, run] of [
    ['create', 'make a role of the organization’s own', createRole],
    ['update', 'set what a role allows, whole', updateRole],
  ] as const) {
    roles
      .command(command)
      .description(description)
      .argument('<name>')
      .option('--permissions <permissions...>', 'what it allows, at most what you may do yourself', [])
      .option('--description <text>', 'whom it is for')
      .action((name: string, options: { permissions: string[]; description?: string }) =>
        withClient((client, terminal) => run(client, terminal, { name, ...options })),
      )
  }
  roles
    .command('delete')
    .description('remove a role that nobody has')
    .argument('<name>')
    .action((name: string) => withClient((client, terminal) => deleteRole(client, terminal, name)))
  roles
    .command('withhold')
    .description('for the operator: what nobody of the organization has, whatever role or key; none lifts it')
    .argument('[permissions...]')
    .action((names: string[]) => withClient((client, terminal) => withholdPermissions(client, terminal, names)))
}
