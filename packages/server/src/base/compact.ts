/** An object's type with nulls taken out, and each member that may be undefined made optional instead. */
export type Compact<Value> = {
  [Key in keyof Value as IsMissing<Value[Key]> extends true ? never : Key]: Value[Key]
} & {
  [Key in keyof Value as IsMissing<Value[Key]> extends true ? Key : never]?: Exclude<Value[Key], null | undefined>
}

type IsMissing<Member> = undefined extends Member ? true : null extends Member ? true : false

/** Leaves out the members that are undefined or null: how a row with nulls becomes an answer without them. */
export function compact<Value extends object>(value: Value): Compact<Value> {
  const entries = Object.entries(value).filter(([, member]) => member !== undefined && member !== null)
  return Object.fromEntries(entries) as Compact<Value>
}
