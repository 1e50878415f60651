import { sql } from '../../db/index.ts'

/** What the organization's own roles of the member in `organization_members` hold; an empty array where that is null. */
export const ownPermissions = sql<readonly string[]>`array(
  select p.permission from organization_roles r
  join role_permissions p on p.organization_id = r.organization_id and p.role_id = r.id
  where r.organization_id = organization_members.organization_id
    and r.name = any(string_to_array(organization_members.role, ','))
)`

/** What is withheld from the organization that a column names. */
export const withheldPermissions = (organizationId: string) => sql<readonly string[]>`array(
  select w.permission from organization_permissions w where w.organization_id = ${sql.ref(organizationId)}
)`
