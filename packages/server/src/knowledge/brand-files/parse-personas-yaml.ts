import { z } from 'zod'
import { brandFileError, parseYamlFile } from './parse-yaml-file.ts'

const text = z.string().trim().min(1).max(1000)
/** A single text is a list of one: people write `goals: save time`. */
const list = z
  .union([z.array(text).max(100), text.transform((one) => [one])])
  .nullish()
  .transform((items) => items ?? [])

const PersonaEntry = z.strictObject({
  name: text,
  role: text.nullish().transform((role) => role ?? undefined),
  description: z
    .string()
    .trim()
    .max(4000)
    .nullish()
    .transform((words) => words ?? undefined),
  goals: list,
  pains: list,
  channels: list,
  keywords: list,
})

const PersonaList = z.array(PersonaEntry, 'must be a list of personas').max(200)
const WrappedList = z.strictObject({ personas: PersonaList }).transform(({ personas }) => personas)

/** One of the people whom a brand speaks to. */
export interface PersonaProfile {
  readonly name: string
  readonly role: string | undefined
  readonly description: string | undefined
  readonly goals: readonly string[]
  readonly pains: readonly string[]
  readonly channels: readonly string[]
  readonly keywords: readonly string[]
}

/** Parses `personas.yaml`: a list, bare or under `personas`. Names are unique. Throws `knowledge.brand_file`. */
export function parsePersonasYaml(source: string, file = 'personas.yaml'): readonly PersonaProfile[] {
  // Chosen beforehand, because a union's errors would not say which persona is wrong.
  const schema = /^personas\s*:/m.test(source) ? WrappedList : PersonaList
  const personas = parseYamlFile(source, { file, schema })
  const names = personas.map(({ name }) => name.toLowerCase())
  const twice = personas.find(({ name }, index) => names.indexOf(name.toLowerCase()) !== index)
  if (twice) throw brandFileError({ file, reason: `the persona “${twice.name}” is there twice` })
  return personas
}
