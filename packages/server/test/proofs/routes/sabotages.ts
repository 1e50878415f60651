/** Each breaks one thing that the proof must find: SQL with `:mine`, `:theirs` and `:member`, or a word to the prober. */
export const sabotages: Readonly<Record<string, string>> = {
  /** A member of one organization is let into the other. */
  membership: `insert into organization_members (id, organization_id, user_id, role)
    values (gen_random_uuid(), :theirs, :member, 'viewer')`,
  /** A viewer may do everything. */
  role: `update organization_members set role = 'owner' where organization_id = :mine and role = 'viewer'`,
  /** Keys hold what they were not given. */
  scopes: '',
  /** Rows of one organization lie in the other's reach. */
  rows: `update people set organization_id = :mine where organization_id = :theirs`,
  /** Who is not signed in is taken for somebody. */
  'sign-in': '',
  /** Properties that no contract names are dropped in silence. */
  properties: '',
  /** A route names what the proof has no row of. */
  unfillable: '',
}
