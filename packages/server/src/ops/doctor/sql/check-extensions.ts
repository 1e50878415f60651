import { sql } from '../../../db/index.ts'
import type { Finding } from '../finding.ts'

/**
 * The extensions that the schema needs. pgvector 0.8.3 mended index corruption and 0.8.4 errors with HNSW vacuuming:
 * https://github.com/pgvector/pgvector/blob/master/CHANGELOG.md
 */
export const checkExtensions = sql<Finding>`
  with needed as (
    select n.name, e.extversion as version, a.default_version as available
    from unnest(array['vector', 'citext']) as n (name)
    left join pg_extension e on e.extname = n.name left join pg_available_extensions a on a.name = n.name
  )
  select 'error' as severity, 'extension.missing' as code, format('The extension %s is not there', name) as what,
    'extension ' || name as where,
    case when available is null then 'Install it on the server (Debian: postgresql-17-pgvector, postgresql-contrib)'
      else format('create extension %I', name) end as remedy
  from needed where version is null
  union all
  select 'warning', 'extension.pgvector_old',
    format('pgvector %s has known faults of HNSW indexes: vacuuming can corrupt them', version), 'extension vector',
    'Install pgvector 0.8.4 or newer, alter extension vector update, and reindex HNSW indexes'
  from needed where name = 'vector' and version ~ '^[0-9.]+$' and string_to_array(version, '.')::int[] < array[0, 8, 4]
  union all
  select 'notice', 'extension.update', format('%s is at %s, and the server has %s', name, version, available),
    'extension ' || name, format('alter extension %I update', name)
  from needed where version <> available
`
