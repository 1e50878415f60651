import { expect, test } from 'vitest'
import { readPeopleCsv } from './read-people-csv.ts'

async function read(content: string | Uint8Array, chunkBytes = 7) {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  async function* chunks() {
    for (let start = 0; start < bytes.length; start += chunkBytes) yield bytes.subarray(start, start + chunkBytes)
  }
  const batches = await Array.fromAsync(readPeopleCsv(chunks()))
  return { lines: batches.flatMap(({ lines }) => lines), refused: batches.flatMap(({ refused }) => refused), batches }
}

test('columns stand in any order and case, unknown ones are left aside, and empty cells are absent', async () => {
  const { lines } = await read(
    'Name,E mail,EMAIL,Consent Evidence\nAnn,x,ann@example.com,\n\n"Lee, Ben",y,ben@example.com,form\n',
  )
  expect(lines).toEqual([
    { line: 2, cells: { name: 'Ann', email: 'ann@example.com' } },
    { line: 4, cells: { name: 'Lee, Ben', email: 'ben@example.com', consent_evidence: 'form' } },
  ])
})

test('semicolons, tabs, a byte order mark and UTF-16 are read as spreadsheets write them', async () => {
  const expected = [{ line: 2, cells: { email: 'zoë@example.com', name: 'Zoë' } }]
  expect((await read('\uFEFFemail;name\r\nzoë@example.com;Zoë\r\n')).lines).toEqual(expected)
  expect((await read(Buffer.from('\uFEFFemail\tname\nzoë@example.com\tZoë\n', 'utf16le'))).lines).toEqual(expected)
})

test('another encoding is refused as a whole, with what to do', async () => {
  await expect(read(Buffer.from('email,name\nzoe@example.com,Zoë\n', 'latin1'))).rejects.toMatchObject({
    code: 'people.file_unreadable',
    message: 'The file cannot be imported: it is not valid UTF-8',
    hint: 'Save it as "CSV UTF-8" and import it again.',
  })
})

test('a file without an address column, an empty one and a quote that is not closed are told apart', async () => {
  const code = 'people.file_unreadable'
  await expect(read('name,town\nAnn,York\n')).rejects.toMatchObject({
    code,
    message: expect.stringContaining('names no column email, phone or whatsapp'),
  })
  await expect(read('')).rejects.toMatchObject({ code, message: expect.stringContaining('it is empty') })
  await expect(read('email,name\nann@example.com,"Ann\n')).rejects.toMatchObject({
    code,
    message: expect.stringMatching(/quote/i),
  })
  const unclosed = `email,name\nann@example.com,"Ann\n${'ben@example.com,Ben\n'.repeat(10_000)}`
  await expect(read(unclosed, 4096)).rejects.toMatchObject({
    code,
    message: expect.stringContaining('begins on line 2 is longer than 64 KiB'),
  })
})

test('an address that stands twice in the file is refused the second time, wherever it stands', async () => {
  const rows = Array.from({ length: 1200 }, (_, index) => `p${index}@example.com`)
  const { lines, refused, batches } = await read(`email\n${rows.join('\n')}\nP0@Example.com\n`, 4096)
  expect(lines).toHaveLength(1200)
  expect(batches.length).toBeGreaterThan(2)
  expect(refused).toEqual([{ line: 1202, reason: 'email: P0@Example.com is on line 2 already' }])
})

test('a line with a NUL is refused and the others are taken', async () => {
  const { lines, refused } = await read('email,name\nann@example.com,A\0nn\nben@example.com,Ben\n')
  expect(lines.map(({ line }) => line)).toEqual([3])
  expect(refused).toEqual([{ line: 2, reason: 'It holds a NUL character, so it is not text' }])
})

test('no batch is larger than a request may be', async () => {
  const row = (index: number) => `p${index}@example.com,"${'"'.repeat(2000)}"`
  const { batches, lines } = await read(
    `email,consent_evidence\n${Array.from({ length: 1000 }, (_, i) => row(i)).join('\n')}\n`,
    65_536,
  )
  expect(lines).toHaveLength(1000)
  for (const { lines: batch } of batches) expect(JSON.stringify(batch).length).toBeLessThan(700_000)
})

test('a reader that stops in the middle lets the source go', async () => {
  let isClosed = false
  async function* endless() {
    try {
      yield Buffer.from('email\n')
      for (let index = 0; ; index += 1) yield Buffer.from(`p${index}@example.com\n`)
    } finally {
      isClosed = true
    }
  }
  for await (const { lines } of readPeopleCsv(endless())) if (lines.length > 0) break
  expect(isClosed).toBe(true)
})

test('50 MB go through a part at a time', { timeout: 60_000 }, async () => {
  async function* endless() {
    yield Buffer.from('email,name\n')
    let index = 0
    for (let bytes = 0; bytes < 50 * 1024 * 1024;) {
      const part = Buffer.from(
        Array.from({ length: 500 }, () => `p${(index += 1)}@example.com,"${'N'.repeat(150)}"\n`).join(''),
      )
      bytes += part.length
      yield part
    }
  }
  const warnings: Error[] = []
  const warn = (warning: Error) => warnings.push(warning)
  process.on('warning', warn)
  let count = 0
  let largest = 0
  for await (const { lines } of readPeopleCsv(endless())) {
    count += lines.length
    largest = Math.max(largest, lines.length)
  }
  expect(count).toBeGreaterThan(250_000)
  expect(largest).toBeLessThanOrEqual(500)
  process.off('warning', warn)
  expect(warnings).toEqual([])
})
