/** The configurations that PostgreSQL 16 brings along, by ISO 639-1 code (its snowball_create.sql). */
const configurations: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ar: 'arabic',
    ca: 'catalan',
    da: 'danish',
    de: 'german',
    el: 'greek',
    en: 'english',
    es: 'spanish',
    eu: 'basque',
    fi: 'finnish',
    fr: 'french',
    ga: 'irish',
    hi: 'hindi',
    hu: 'hungarian',
    hy: 'armenian',
    id: 'indonesian',
    it: 'italian',
    lt: 'lithuanian',
    nb: 'norwegian',
    ne: 'nepali',
    nl: 'dutch',
    nn: 'norwegian',
    no: 'norwegian',
    pt: 'portuguese',
    ro: 'romanian',
    ru: 'russian',
    sr: 'serbian',
    sv: 'swedish',
    ta: 'tamil',
    tr: 'turkish',
    yi: 'yiddish',
  }),
)

/** The text search configuration of a BCP 47 tag: `pt-BR` → `portuguese`; `simple` for a language without one. */
export function textSearchConfiguration(language: string): string {
  return configurations.get(language.split('-', 1)[0]?.toLowerCase() ?? '') ?? 'simple'
}
