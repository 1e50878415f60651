/**
 * What a semicolon may stand in without ending a statement: comments, quoted names, strings (with backslashes where an
 * `e` stands before) and dollar quotes. PostgreSQL, section 4.1, "Lexical Structure". Comments within comments are not
 * looked for.
 */
const tokens =
  /--[^\n]*|\/\*[\s\S]*?\*\/|"(?:[^"]|"")*"|\be'(?:[^'\\]|\\[\s\S]|'')*'|'(?:[^']|'')*'|(\$(?:[a-z_]\w*)?\$)[\s\S]*?\1|;/gi

/** The statements of a script, without their semicolons and without what is comment alone. */
export function splitStatements(text: string): readonly string[] {
  const statements: string[] = []
  let start = 0
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (token !== ';') continue
    statements.push(text.slice(start, index))
    start = index + 1
  }
  statements.push(text.slice(start))
  return statements.map((statement) => statement.trim()).filter((statement) => stripComments(statement) !== '')
}

/** A statement without its comments: what it does. */
export function stripComments(statement: string): string {
  return statement.replace(tokens, (token) => (token.startsWith('--') || token.startsWith('/*') ? ' ' : token)).trim()
}
