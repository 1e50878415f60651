/** The models of a list on the command line; the word `none` alone is an empty one. */
export const parseFallbacks = (models: readonly string[]): string[] =>
  models.length === 1 && models[0] === 'none' ? [] : [...models]
