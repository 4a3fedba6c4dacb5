/** The text after `/request-access`, parsed. */
export type RequestLine =
  | { readonly kind: 'empty' }
  | { readonly kind: 'help' }
  | { readonly kind: 'line'; readonly typed: TypedLine }
  /** What would become of it, and why. */
  | { readonly kind: 'why'; readonly typed: TypedLine }
  | { readonly kind: 'break_glass'; readonly typed: TypedLine }
  /** `typed.resourceId`: the reference of the lease as typed, such as `AR-1042`. */
  | { readonly kind: 'extend'; readonly typed: TypedLine }
  /** Posts a button that opens the form with these names. */
  | { readonly kind: 'link'; readonly typed: TypedLine }
  | { readonly kind: 'pre_approvals'; readonly resourceId: string | null }
  /** `reference`: as typed, such as `AR-1042`. */
  | { readonly kind: 'pre_approve'; readonly reference: string }

/** The fields that one line gave. */
export interface TypedLine {
  readonly resourceId: string
  readonly entitlementId: string
  /** Null: the default of the entitlement. */
  readonly duration: string | null
  readonly justification: string
  readonly ticket: string | null
  /** As typed: `tomorrow 09:00`. Null: as soon as it is approved. */
  readonly start: { readonly text: string } | null
  /** Of an action: `order=1003`, by the names of its parameters. */
  readonly parameters: Readonly<Record<string, string>>
  /** Words that belong to no field. */
  readonly strays: readonly string[]
}

/** A word, or `note="two words"` in any quotes that Slack makes of them. */
const wordOrParameter = /[a-z][a-z0-9_]*=(?:"[^"]*"|“[^”]*”|'[^']*'|‘[^’]*’)|\S+/gi

/** Many people write the ticket at the end of the reason: `… because fixing it ticket OPS-12`. */
const trailingTicket = /\s+ticket:?\s+([a-z][a-z0-9]*-\d+)\s*$/i

/**
 * Reads `orders-db read-orders from tomorrow 09:00 for 2h ticket OPS-12 because fixing INC-42`: first the resource, then the
 * entitlement or action; `from`, `for`, `ticket` and values (`order=1003`) in any order. The text after `because` is the reason, exactly as typed.
 */
export function parseRequestLine(text: string): RequestLine {
  const trimmed = text.trim()
  if (trimmed === '') return { kind: 'empty' }
  if (/^(help|\?|--help|-h)$/i.test(trimmed)) return { kind: 'help' }
  const listed = /^pre-?approvals(?:\s+(\S+))?$/i.exec(trimmed)
  if (listed) return { kind: 'pre_approvals', resourceId: listed[1] ?? null }
  const [, reference] = /^pre-?approve\s+(\S+)$/i.exec(trimmed) ?? []
  if (reference) return { kind: 'pre_approve', reference }
  const [, emergency] = /^break-?glass(?:\s+([\s\S]*))?$/i.exec(trimmed) ?? [trimmed, null]
  if (emergency !== null) return { kind: 'break_glass', typed: readLine(emergency ?? '') }
  const [, more] = /^extend(?:\s+([\s\S]*))?$/i.exec(trimmed) ?? [trimmed, null]
  if (more !== null) return { kind: 'extend', typed: readLine(more ?? '') }
  const link = /^link\s+(?=\S)/i.exec(trimmed)
  if (link) return { kind: 'link', typed: readLine(asTwoWords(trimmed.slice(link[0].length)), true) }
  const why = /^why\s+(?=\S)/i.exec(trimmed)
  if (why) return { kind: 'why', typed: readLine(asTwoWords(trimmed.slice(why[0].length)), true) }
  return { kind: 'line', typed: readLine(trimmed, true) }
}

/** `orders-db/read-orders` as `orders-db read-orders`. */
function asTwoWords(text: string): string {
  return text.replace(/^([^\s/]+)\/([^\s/]+)/, '$1 $2')
}

/** `isUsual`: only a usual request may start later, and may ask for an action. */
function readLine(trimmed: string, isUsual = false): TypedLine {
  const because = /(?:^|\s)because(?:\s|$)/i.exec(trimmed)
  const before = because ? trimmed.slice(0, because.index) : trimmed
  const reason = because ? trimmed.slice(because.index + because[0].length).trim() : ''
  const terms = readTerms(before.match(wordOrParameter) ?? [], isUsual)
  const ending = terms.ticket === null ? trailingTicket.exec(reason) : null
  return {
    ...terms,
    justification: ending ? reason.slice(0, ending.index).trim() : reason,
    ticket: ending?.[1] ?? terms.ticket,
  }
}

function readTerms(words: readonly string[], isUsual: boolean): Omit<TypedLine, 'justification'> {
  const names: string[] = []
  const strays: string[] = []
  const parameters: Record<string, string> = {}
  let duration: string | null = null
  let ticket: string | null = null
  let start: TypedLine['start'] = null
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? ''
    const next = words[at + 1]
    if (/^for$/i.test(word) && duration === null) {
      duration = next ?? ''
      at += 1
    } else if (/^ticket:?$/i.test(word) && ticket === null) {
      ticket = next ?? ''
      at += 1
    } else if (isUsual && /^(from|at)$/i.test(word) && start === null && mayStart(names, next)) {
      const taken = startWords(words.slice(at + 1))
      start = { text: taken.join(' ') }
      at += taken.length
    } else if (names.length < 2) names.push(word)
    else if (isUsual && parameterIn(word)) Object.assign(parameters, parameterIn(word))
    else strays.push(word)
  }
  return {
    resourceId: names[0] ?? '',
    entitlementId: names[1] ?? '',
    duration,
    ticket,
    start,
    parameters,
    strays,
  }
}

/** After both names, or after the name of a bundle where a time follows. */
function mayStart(names: readonly string[], next: string | undefined): boolean {
  if (names.length > 1) return true
  return names.length === 1 && /^(today|tomorrow|\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}\S*)$/i.test(next ?? '')
}

/** `order=1003` as `{ order: '1003' }`. Null: it is no such word. */
function parameterIn(word: string): Record<string, string> | null {
  const [, name, value = ''] = /^([a-z][a-z0-9_]{0,39})=([\s\S]*)$/.exec(word) ?? []
  return name === undefined ? null : { [name]: value.replace(/^(["“'‘])([\s\S]*)["”'’]$/, '$2') }
}

/** `tomorrow 09:00`, `tomorrow at 09:00`, `09:00`, or one word that is no start. */
function startWords([first, second, third]: readonly string[]): string[] {
  if (first === undefined) return []
  const isTime = (word: string | undefined) => word !== undefined && /^\d{1,2}:\d{2}$/.test(word)
  if (isTime(second) && !isTime(first)) return [first, second ?? '']
  if (second?.toLowerCase() === 'at' && isTime(third)) return [first, second, third ?? '']
  return [first]
}
