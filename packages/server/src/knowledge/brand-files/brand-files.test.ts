import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { brandFromName, parseBrandYaml } from './parse-brand-yaml.ts'
import { parseKeywordsCsv } from './parse-keywords-csv.ts'
import { parsePersonasYaml } from './parse-personas-yaml.ts'
import { parseVoiceMd } from './parse-voice-md.ts'
import { isBrandFile, readBrandFiles } from './read-brand-files.ts'
import { slugify } from './slugify.ts'

let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'neonhub-brand-')), 'acme-shoes')
  await mkdir(folder)
})
afterEach(() => rm(join(folder, '..'), { recursive: true, force: true }))

const failure = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    expect(error).toMatchObject({ code: 'knowledge.brand_file' })
    return String(error)
  }
  return 'nothing was thrown'
}

test.each([
  ['Acme Shoes & Co.', 'acme-shoes-and-co'],
  ['  Crème Brûlée!  ', 'creme-brulee'],
  ['Straße', 'strasse'],
  ["L'Oréal", 'loreal'],
  ['花王', expect.stringMatching(/^brand-[0-9a-f]{8}$/)],
  ['a'.repeat(62) + ' b', 'a'.repeat(62)],
])('%s becomes a slug', (name, slug) => {
  expect(slugify(name)).toEqual(slug)
})

test('brand.yaml is read, and its gaps are filled', () => {
  const text = 'name: Acme\nwebsite: https://acme.example\nlanguage: pt-br\ntimezone: Europe/Lisbon\nvalues: [honest]\n'
  expect(parseBrandYaml(text)).toEqual({
    name: 'Acme',
    slug: 'acme',
    description: undefined,
    website: 'https://acme.example',
    language: 'pt-BR',
    audience: undefined,
    industry: undefined,
    timezone: 'Europe/Lisbon',
    values: ['honest'],
  })
  expect(brandFromName('acme-shoes')).toMatchObject({ name: 'Acme shoes', slug: 'acme-shoes' })
})

test.each([
  ['name: Acme\ntimezone: Mars/Base', 'brand.yaml:2: timezone: must be an IANA time zone'],
  ['name: Acme\n\nwebsite: acme', 'brand.yaml:3: website: must be a whole web address'],
  ['name: Acme\nwebsite: javascript:alert(1)', 'brand.yaml:2: website'],
  ['name: Acme\nlanguage: "!"', 'brand.yaml:2: language: must be a language tag'],
  ['name: Acme\nwebsit: https://a.example', 'Unrecognized key: "websit"'],
  ['description: no name', 'brand.yaml:1: name:'],
  ['name: [a\nb: c', 'brand.yaml:'],
  ['', 'name:'],
  ['- a\n- b', 'brand.yaml:1:'],
  ['['.repeat(100_000), 'brand.yaml'],
  [
    `a: &a [x]\n${Array.from({ length: 9 }, (_, n) => `b${n}: &b${n} [${`*${n ? `b${n - 1}` : 'a'},`.repeat(20)}]`).join('\n')}`,
    'alias',
  ],
])('a wrong brand.yaml is told with its line: %#', (text, message) => {
  expect(failure(() => parseBrandYaml(text))).toContain(message)
})

test('voice.md gives a summary, rules, what to avoid and examples', () => {
  const text = `---
name: Acme voice
---
# Our voice

Warm and *plain*.

## Do

- Say what it costs.
- Use “you”.

## Don't

- Never shout.

## Vocabulary

Say “sign up”.

## Examples

> Your shoes are on their way.
`
  expect(parseVoiceMd(text, { brandName: 'Acme' })).toEqual({
    name: 'Acme voice',
    summary: 'Warm and plain.',
    rules: ['Say what it costs.', 'Use “you”.', 'Vocabulary: Say “sign up”.'],
    avoid: ['Never shout.'],
    examples: ['Your shoes are on their way.'],
  })
  expect(parseVoiceMd('Just be kind.', { brandName: 'Acme' })).toMatchObject({ name: 'Acme', summary: 'Just be kind.' })
  expect(failure(() => parseVoiceMd('# Voice', { brandName: 'Acme' }))).toContain('voice.md: it says nothing')
  expect(failure(() => parseVoiceMd('---\nname: 3\n---\nx', { brandName: 'Acme' }))).toContain('voice.md:2: name')
})

test('personas.yaml is a list, bare or named, and a wrong entry is told with its line', () => {
  const list = '- name: Ana\n  role: Runner\n  goals: [run far, run fast]\n  pains: blisters\n- name: Bo\n'
  const personas = parsePersonasYaml(list)
  expect(personas[0]).toEqual({
    name: 'Ana',
    role: 'Runner',
    description: undefined,
    goals: ['run far', 'run fast'],
    pains: ['blisters'],
    channels: [],
    keywords: [],
  })
  expect(parsePersonasYaml(`personas:\n${list}`)).toEqual(personas)
  expect(failure(() => parsePersonasYaml('- name: Ana\n- role: Runner'))).toContain('personas.yaml:2: [1].name')
  expect(failure(() => parsePersonasYaml('- name: Ana\n- name: ana'))).toContain('there twice')
  expect(failure(() => parsePersonasYaml('name: Ana'))).toContain('must be a list of personas')
})

test('keywords.csv is read whatever the case of its header, its separator and its line ends', () => {
  const expected = [
    { term: 'running shoes', intent: 'commercial', volume: 12_100, difficulty: 54.5, persona: 'Ana', line: 2 },
    { term: 'Schuhe, rot', intent: undefined, volume: undefined, difficulty: undefined, persona: undefined, line: 3 },
  ]
  const comma =
    '\uFEFFTerm,CPC,Intent,Volume,Difficulty,Persona\r\nrunning shoes,1.2,Commercial,"12,100",54.5,Ana\r\n"Schuhe, rot",,,,,\r\n'
  expect(parseKeywordsCsv(comma)).toEqual(expected)
  const semicolon = 'TERM;intent;volume;difficulty;persona\nrunning shoes;commercial;12 100;54.5;Ana\nSchuhe, rot;;;;\n'
  expect(parseKeywordsCsv(semicolon)).toEqual(expected)
  expect(parseKeywordsCsv('')).toEqual([])
})

test.each([
  ['keyword\nx', 'keywords.csv:1: there is no column “term”'],
  ['term,intent\na,\nb,buy', 'keywords.csv:3: intent'],
  ['term,volume\na,many', 'keywords.csv:2: volume: must be a number'],
  ['term,difficulty\na,101', 'keywords.csv:2: difficulty'],
  ['term\nShoes\n\nshoes', 'keywords.csv:4: “shoes” is already on line 2'],
  ['term,intent\na', 'keywords.csv:2:'],
  ['term\n"open', 'keywords.csv:'],
])('a wrong keywords.csv is told with its line: %#', (text, message) => {
  expect(failure(() => parseKeywordsCsv(text))).toContain(message)
})

test('a folder without any of the files is a brand named like the folder', async () => {
  expect(await readBrandFiles(folder)).toEqual({
    brand: brandFromName('acme-shoes'),
    voice: undefined,
    personas: [],
    keywords: [],
    found: [],
  })
})

test('the four files are read together, and keywords name only personas that exist', async () => {
  await writeFile(join(folder, 'brand.yml'), 'name: Acme')
  await writeFile(join(folder, 'voice.md'), 'Plain.')
  await writeFile(join(folder, 'personas.yaml'), '- name: Ana')
  await writeFile(join(folder, 'keywords.csv'), 'term,persona\nshoes,ana\n')
  const files = await readBrandFiles(folder)
  expect(files).toMatchObject({ brand: { name: 'Acme' }, voice: { name: 'Acme', summary: 'Plain.' } })
  expect(files.found).toEqual(['brand.yml', 'voice.md', 'personas.yaml', 'keywords.csv'])
  expect(files.found.every(isBrandFile)).toBe(true)
  expect(isBrandFile('docs/voice.md')).toBe(false)
  await writeFile(join(folder, 'keywords.csv'), 'term,persona\nshoes,Zoe\n')
  await expect(readBrandFiles(folder)).rejects.toMatchObject({
    message: 'keywords.csv:2: there is no persona “Zoe”',
    hint: expect.stringContaining('Ana'),
  })
})

test('a brand file that is binary or a link out of the folder is refused', async () => {
  await symlink('/etc/hostname', join(folder, 'brand.yaml'))
  await expect(readBrandFiles(folder)).rejects.toMatchObject({ message: expect.stringContaining('leaves the folder') })
  await rm(join(folder, 'brand.yaml'))
  await writeFile(join(folder, 'voice.md'), Buffer.from([0, 1, 2]))
  await expect(readBrandFiles(folder)).rejects.toMatchObject({ message: 'voice.md: It is not text: it has NUL bytes.' })
})

test('an escape that spells what no text may hold is refused', () => {
  for (const escape of [String.raw`\0`, String.raw`\ud83d`]) {
    expect(() => parseBrandYaml(`name: "Acme ${escape}"`)).toThrow(/escape/)
  }
})
