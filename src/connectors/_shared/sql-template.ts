/** A statement with named parameters, such as `:order`, in parts that a database binds. Nothing is ever put into its text. */
export interface SqlTemplate {
  /** The text around the parameters: one more than there are places. */
  readonly texts: readonly string[]
  /** The name of the parameter at each place. */
  readonly places: readonly string[]
}

/** The names of its parameters, each once, in the order of their first place. */
export function parametersOf({ places }: SqlTemplate): string[] {
  return [...new Set(places)]
}

/**
 * Finds the parameters of a statement: a colon and a name, outside of strings, quoted names and comments, and not after another
 * colon (`::text`). Returns what is wrong with the statement as a sentence, where it cannot be one.
 */
export function parseSqlTemplate(statement: string, dialect: 'postgres' | 'mysql'): SqlTemplate | string {
  const texts: string[] = []
  const places: string[] = []
  let text = ''
  let rest = statement.trim().replace(/;\s*$/, '')
  while (rest !== '') {
    const found = tokenAt(rest, dialect)
    if ('problem' in found) return found.problem
    const { token, parameter } = found
    rest = rest.slice(token.length)
    if (token === ';') return 'It is a list of statements. Write one statement.'
    if (parameter === null) text += token
    else {
      texts.push(text)
      places.push(parameter)
      text = ''
    }
  }
  return { texts: [...texts, text], places }
}

type Found = { readonly token: string; readonly parameter: string | null } | { readonly problem: string }

function tokenAt(rest: string, dialect: 'postgres' | 'mysql'): Found {
  for (const pattern of dialect === 'postgres' ? postgresTokens : mysqlTokens) {
    const token = pattern.exec(rest)?.[0]
    if (token) return { token, parameter: null }
  }
  const [comment] = /^\/\*/.exec(rest) ?? []
  if (comment) {
    // https://dev.mysql.com/doc/refman/8.4/en/comments.html
    if (dialect === 'mysql' && /^\/\*M?[!+]/.test(rest)) return { problem: executableComment }
    const token = dialect === 'mysql' ? (/^\/\*[\s\S]*?\*\//.exec(rest)?.[0] ?? null) : commentAt(rest)
    return token === null ? { problem: 'A comment does not end.' } : { token, parameter: null }
  }
  const [token, name] = /^:([a-z][a-z0-9_]*)/.exec(rest) ?? []
  if (token && name) return { token, parameter: name }
  if (dialect === 'mysql' && rest.startsWith('?')) return { problem: placeholder }
  if (/^(['"`]|\$[A-Za-z_\d]*\$)/.test(rest)) return { problem: 'A string or a quoted name does not end.' }
  return { token: rest.charAt(0), parameter: null }
}

const executableComment = 'A comment that the server runs (`/*!`) or follows (`/*+`) is not sent.'
const placeholder = 'A `?` outside of a text is the place of a value. Name the parameter: `:name`.'

const lineComment = /^--[^\n]*/
const quotedName = /^"(?:[^"]|"")*"/
const word = /^[\p{L}_][\p{L}\p{N}_$]*/u

const postgresTokens = [
  // Before words, because of the letter: a backslash escapes in these.
  /^[eE]'(?:[^'\\]|''|\\[\s\S])*'/,
  word,
  /^'(?:[^']|'')*'/,
  quotedName,
  /^\$([\p{L}_][\p{L}\p{N}_]*)?\$[\s\S]*?\$\1\$/u,
  lineComment,
  /^::/,
  /^:=/,
  /^\d+/,
]
const mysqlTokens = [
  word,
  /^'(?:[^'\\]|''|\\[\s\S])*'/,
  /^"(?:[^"\\]|""|\\[\s\S])*"/,
  /^`(?:[^`]|``)*`/,
  // Without a blank after it, it is twice a minus.
  /^--(?=[\s]|$)[^\n]*/,
  /^#[^\n]*/,
  /^:=/,
  /^\d+/,
]

/** Comments of Postgres contain others. */
function commentAt(rest: string): string | null {
  let depth = 0
  for (let at = 0; at < rest.length; at += 1) {
    if (rest.startsWith('/*', at)) {
      depth += 1
      at += 1
    } else if (rest.startsWith('*/', at)) {
      depth -= 1
      at += 1
      if (depth === 0) return rest.slice(0, at + 1)
    }
  }
  return null
}

/** The first word of a statement, in small letters, without comments before it. */
export function firstWordOf({ texts }: SqlTemplate): string {
  const bare = (texts[0] ?? '').replace(/^(\s|--[^\n]*(\n|$)|\/\*[\s\S]*?\*\/|\()+/, '')
  return /^[a-z]+/i.exec(bare)?.[0].toLowerCase() ?? ''
}
