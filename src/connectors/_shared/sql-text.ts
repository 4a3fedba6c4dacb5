import type { OperationKind } from '../../domain/activity.ts'
import { looksLikeSecret } from '../../domain/secret-like.ts'

export type SqlDialect = 'postgres' | 'mysql'

/** A statement in the form that may be kept. */
export interface SqlText {
  /** On one line, with `?` for every literal and no comments. */
  readonly text: string
  /** `control`: transactions and settings of a session, which clients send by themselves. */
  readonly kind: OperationKind | 'control'
  /** The tables that it names, without those of the system. */
  readonly tables: readonly string[]
}

const longestText = 300
const withheld = '(a statement that looks as if it held a secret)'

/**
 * Takes everything out of a statement that may be data: literals, comments, the text of functions. What cannot be read for sure, such
 * as a text that was cut off, is left out to its end.
 */
export function sqlText(statement: string, dialect: SqlDialect): SqlText {
  const tokens = tokensOf(statement, dialect)
  const text = joined(tokens)
  const isSecret = looksLikeSecret(text)
  return {
    text: isSecret ? withheld : clipped(text),
    kind: kindOf(tokens, text),
    tables: isSecret ? [] : tablesOf(tokens),
  }
}

interface Token {
  readonly kind: 'word' | 'name' | 'literal' | 'sign'
  readonly text: string
  /** Something blank stands before it. */
  readonly isApart: boolean
}

/** Tried in this order, at one place of the text. */
const blank = /\s+/y
const lineComment = { postgres: /--[^\n]*/y, mysql: /(?:--(?=\s|$)|#)[^\n]*/y } as const
const dollarQuote = /\$([\p{L}_][\p{L}\p{N}_]*)?\$/uy
// A cast (`::text`) is no parameter.
const parameter = /\$\d+|(?<!:):\w+|\?/y
const stringStart = /(?:[eEbBxXnN]|[uU]&|_[a-z0-9]+\s*)?'/y
const number = /\.?\d[\w.]*/y
const word = /[\p{L}_][\p{L}\p{N}_$]*/uy
const quoteOfName = { postgres: '"', mysql: '`' } as const

function tokensOf(statement: string, dialect: SqlDialect): Token[] {
  const tokens: Token[] = []
  let at = 0
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    return pattern.exec(statement)
  }
  let isApart = false
  const add = (kind: Token['kind'], text: string) => {
    tokens.push({ kind, text, isApart })
    isApart = false
  }
  const literal = () => add('literal', '?')
  while (at < statement.length) {
    const space = match(blank) ?? match(lineComment[dialect])
    if (space) {
      at += space[0].length
      isApart = true
      continue
    }
    if (statement.startsWith('/*', at)) {
      const end = commentEnd(statement, at, dialect)
      if (end === null) return tokens
      at = end
      isApart = true
      continue
    }
    const dollar = dialect === 'postgres' ? match(dollarQuote) : null
    if (dollar) {
      literal()
      const end = statement.indexOf(dollar[0], at + dollar[0].length)
      if (end < 0) return tokens
      at = end + dollar[0].length
      continue
    }
    const string =
      match(stringStart) ?? (dialect === 'mysql' && statement[at] === '"' ? (['"'] as const) : null)
    if (string) {
      literal()
      const end = stringEnd(statement, at + string[0].length, string[0], dialect)
      if (end === null) return tokens
      at = end
      continue
    }
    if (statement[at] === quoteOfName[dialect]) {
      const end = nameEnd(statement, at + 1, quoteOfName[dialect])
      if (end === null) return tokens
      add('name', statement.slice(at, end))
      at = end
      continue
    }
    const value = match(parameter) ?? match(number)
    if (value) {
      literal()
      at += value[0].length
      continue
    }
    const plain = match(word)
    add(plain ? 'word' : 'sign', plain?.[0] ?? statement[at] ?? '')
    at += plain?.[0].length ?? 1
  }
  return tokens
}

/** Comments of Postgres contain others. Null: it does not end. */
function commentEnd(statement: string, start: number, dialect: SqlDialect): number | null {
  let depth = 0
  for (let at = start; at < statement.length - 1; at += 1) {
    const two = statement.slice(at, at + 2)
    if (two === '/*' && (depth === 0 || dialect === 'postgres')) {
      depth += 1
      at += 1
    } else if (two === '*/') {
      depth -= 1
      at += 1
      if (depth === 0) return at + 1
    }
  }
  return null
}

/**
 * Null: it does not end, or nobody knows where. A backslash escapes by a setting of the session, which the text does not show: unless
 * the form of the string says so, nothing after it is trusted.
 */
function stringEnd(statement: string, start: number, opened: string, dialect: SqlDialect): number | null {
  const quote = opened.at(-1) ?? "'"
  const escapes = /^e'$/i.test(opened) || dialect === 'mysql'
  for (let at = start; at < statement.length; at += 1) {
    const sign = statement[at]
    if (sign === '\\') {
      if (!escapes) return null
      at += 1
    } else if (sign === quote) {
      if (statement[at + 1] !== quote) return at + 1
      at += 1
    }
  }
  return null
}

function nameEnd(statement: string, start: number, quote: string): number | null {
  for (let at = start; at < statement.length; at += 1) {
    if (statement[at] !== quote) continue
    if (statement[at + 1] !== quote) return at + 1
    at += 1
  }
  return null
}

function joined(tokens: readonly Token[]): string {
  return tokens
    .map(({ text, isApart }, index) => (isApart && index > 0 ? ` ${text}` : text))
    .join('')
    .replace(/\?(?:\s*,\s*\?)+/g, '?')
    .replace(/\(\?\)(?:\s*,\s*\(\?\))+/g, '(?)')
    .replace(/;$/, '')
}

function clipped(text: string): string {
  return text.length <= longestText ? text : `${text.slice(0, longestText - 1)}…`
}

const controls =
  /^(?:begin|start transaction|commit|end|rollback|abort|savepoint|release|set|reset|show|discard|deallocate|use|ping|prepare transaction|xa|close|unlisten|lock tables|unlock tables)\b/i
const reads = /^\(*(?:select|table|values|fetch|declare|explain|describe|desc|move)\b/i
const changes = /^(?:insert|update|delete|merge|truncate|replace|load|call|execute)\b/i
const changesWithin =
  /\b(?:insert into|delete from|merge into)\b|(?<!for |key |do )\bupdate \S+(?: as \S+)? set\b/i

function kindOf(tokens: readonly Token[], text: string): SqlText['kind'] {
  if (tokens.length === 0) return 'other'
  if (controls.test(text)) return 'control'
  if (/^with\b/i.test(text)) return changesWithin.test(text) ? 'change' : 'read'
  if (/^copy\b/i.test(text)) return / from\b/i.test(text) ? 'change' : 'read'
  if (reads.test(text)) return 'read'
  return changes.test(text) ? 'change' : 'other'
}

/** Words after which a table stands. In parentheses `from` counts only after a `select`: `extract(epoch from at)` reads no table. */
const before = new Set(['from', 'join', 'into', 'update', 'table', 'truncate', 'copy', 'using'])
const never = new Set([
  'set',
  'select',
  'only',
  'if',
  'exists',
  'not',
  'lateral',
  'stdin',
  'stdout',
  'values',
  'dual',
])
const system = /^(?:pg_|information_schema\.|mysql\.|performance_schema\.|sys\.)/

function tablesOf(tokens: readonly Token[]): string[] {
  const found = new Set<string>()
  const given = commonTables(tokens)
  const levels = [false]
  let isList = false
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at]
    const lower = token?.kind === 'word' ? token.text.toLowerCase() : token?.text
    if (lower === '(') levels.push(false)
    else if (lower === ')') levels.pop()
    else if (lower === 'select' || lower === 'delete' || lower === 'update') levels[levels.length - 1] = true
    if (levels.length === 0) levels.push(false)
    const follows: boolean = isList && lower === ','
    isList = false
    if (!follows && !(token?.kind === 'word' && lower !== undefined && before.has(lower))) continue
    if (!follows && levels.length > 1 && !levels.at(-1) && lower !== 'into') continue
    if (lower === 'from' && wordAt(tokens, at - 1) === 'distinct') continue
    if (lower === 'update' && /^(?:for|key|do)$/.test(wordAt(tokens, at - 1) ?? '')) continue
    let next = at + 1
    while (/^(?:only|if|not|exists|lateral|table|into)$/.test(wordAt(tokens, next) ?? '')) next += 1
    const name = nameAt(tokens, next)
    if (!name) continue
    const isCall =
      tokens[name.next]?.text === '(' && lower !== 'into' && lower !== 'table' && lower !== 'copy'
    if (!isCall && !never.has(name.text) && !given.has(name.text) && !system.test(name.text))
      found.add(name.text.replace(/^public\./, ''))
    // `from a, b` and `from a x, b`
    let after = name.next
    if (wordAt(tokens, after) === 'as') after += 1
    if (tokens[after]?.kind === 'word' && tokens[after + 1]?.text === ',') after += 1
    isList = (lower === 'from' || follows) && tokens[after]?.text === ','
    if (isList) at = after - 1
  }
  return [...found]
}

/** The names that a `with` gives to its queries. */
function commonTables(tokens: readonly Token[]): ReadonlySet<string> {
  const names = new Set<string>()
  if (wordAt(tokens, 0) !== 'with') return names
  for (let at = 1; at < tokens.length; at += 1) {
    const next = wordAt(tokens, at + 1) === 'as' ? tokens[at + 2] : undefined
    const word = next?.kind === 'word' ? next.text.toLowerCase() : next?.text
    const name = nameAt(tokens, at)
    if (name && word && /^(?:\(|materialized|not)$/.test(word)) names.add(name.text)
  }
  return names
}

function wordAt(tokens: readonly Token[], at: number): string | undefined {
  const token = tokens[at]
  return token?.kind === 'word' ? token.text.toLowerCase() : undefined
}

/** A name with its schema, and the place after it. */
function nameAt(tokens: readonly Token[], at: number): { text: string; next: number } | null {
  const parts: string[] = []
  let next = at
  for (;;) {
    const token = tokens[next]
    if (token?.kind === 'word') parts.push(token.text.toLowerCase())
    else if (token?.kind === 'name') parts.push(token.text.slice(1, -1))
    else break
    next += 1
    if (tokens[next]?.text !== '.') break
    next += 1
  }
  return parts.length === 0 ? null : { text: parts.join('.').slice(0, 130), next }
}
