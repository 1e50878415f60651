/**
 * Faults that the proof must find, each as what breaks a freshly migrated database: `--sabotage NAME`. `session` breaks
 * none: there, transactions leave their organization on the connection.
 */
export const sabotages: Readonly<Record<string, string>> = {
  force: 'alter table brands no force row level security',
  policy: 'alter policy tenant on brands using (true)',
  'bare policy': 'alter policy tenant on brands using (organization_id = current_organization())',
  partition:
    'alter table llm_calls_default disable row level security; grant select on llm_calls_default to neonhub_app',
  definer: `create function all_brands(id uuid) returns bigint language sql security definer
    as 'delete from brands where brands.id = all_brands.id; select 1::bigint'`,
  view: 'create view every_brand as select * from brands; grant select on every_brand to neonhub_app',
  'unique key': 'create unique index brands_slug_everywhere on brands (slug)',
  'foreign key': `create unique index brands_id_everywhere on brands (id);
    alter table keywords drop constraint keywords_organization_id_brand_id_fkey;
    alter table keywords add constraint keywords_brand foreign key (brand_id) references brands (id) not valid`,
  session: 'select 1',
}
