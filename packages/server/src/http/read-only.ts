/** A type of the contract whose arrays and objects nobody will change: what other rooms hand over. */
export type ReadOnly<Value> = Value extends readonly (infer Element)[]
  ? readonly ReadOnly<Element>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: ReadOnly<Value[Key]> }
    : Value
