import pg from 'pg'
import { newId } from '../src/base/ids.ts'

/** Runs `work` on an empty database of the server, which is dropped afterwards. */
export async function withScratchDatabase<Result>(
  databaseUrl: string,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const name = `neonhub_scratch_${newId().replaceAll('-', '')}`
  const url = new URL(databaseUrl)
  url.pathname = `/${name}`
  await asAdmin(databaseUrl, `create database ${name}`)
  try {
    return await work(url.toString())
  } finally {
    await asAdmin(databaseUrl, `drop database ${name} with (force)`)
  }
}

async function asAdmin(databaseUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
