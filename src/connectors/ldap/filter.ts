import type * as ldapts from 'ldapts'

/** The client library, loaded at the first connection. */
export type Ldapts = typeof ldapts

/** A search filter as values: nothing in them is read as syntax, so there is nothing to escape. */
export type Filter =
  | { readonly present: string }
  | { readonly attribute: string; readonly is: string | Buffer }
  | { readonly attribute: string; readonly starts: string }
  | { readonly attribute: string; readonly rule: string; readonly value: string }
  | { readonly all: readonly Filter[] }
  | { readonly any: readonly Filter[] }
  | { readonly not: Filter }

export function toLdapFilter(lib: Ldapts, filter: Filter): ldapts.Filter {
  const of = (inner: Filter) => toLdapFilter(lib, inner)
  if ('present' in filter) return new lib.PresenceFilter({ attribute: filter.present })
  if ('is' in filter) return new lib.EqualityFilter({ attribute: filter.attribute, value: filter.is })
  if ('starts' in filter)
    return new lib.SubstringFilter({ attribute: filter.attribute, initial: filter.starts })
  if ('rule' in filter) {
    const { attribute, rule, value } = filter
    return new lib.ExtensibleFilter({ matchType: attribute, rule, value })
  }
  if ('all' in filter) return new lib.AndFilter({ filters: filter.all.map(of) })
  if ('any' in filter) return new lib.OrFilter({ filters: filter.any.map(of) })
  return new lib.NotFilter({ filter: of(filter.not) })
}
