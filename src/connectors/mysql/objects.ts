/** What a privilege is given on. */
export type GrantObject =
  | { readonly kind: 'database'; readonly database: string }
  | { readonly kind: 'table' | 'procedure' | 'function'; readonly database: string; readonly name: string }

export const objectForms =
  '`database.table`, `database.*`, `procedure database.name` or `function database.name`'

/** Those that read and change data, and those that make objects in a database. Never those that manage the server. */
export const privilegesOn = {
  column: ['SELECT', 'INSERT', 'UPDATE', 'REFERENCES'],
  table: [
    ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'SHOW VIEW'],
    ...['CREATE', 'ALTER', 'DROP', 'INDEX', 'CREATE VIEW', 'TRIGGER'],
  ],
  database: [
    ...['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'SHOW VIEW', 'EXECUTE', 'LOCK TABLES'],
    ...['CREATE TEMPORARY TABLES', 'CREATE', 'ALTER', 'DROP', 'INDEX', 'CREATE VIEW', 'CREATE ROUTINE'],
    ...['ALTER ROUTINE', 'TRIGGER', 'EVENT'],
  ],
  procedure: ['EXECUTE'],
  function: ['EXECUTE'],
} as const

/** The databases of the server itself. */
const ownDatabases = ['mysql', 'information_schema', 'performance_schema', 'sys']

/** Reads `on` of the catalog; a sentence where it is none. */
export function parseObject(text: string): GrantObject | string {
  const match = /^(?:(procedure|function)\s+)?(`(?:[^`]|``)+`|[^`.\s]+)\.(\*|`(?:[^`]|``)+`|[^`.\s]+)$/u.exec(
    text.trim(),
  )
  const [, routine, quotedDatabase, quotedName] = match ?? []
  if (!quotedDatabase || !quotedName)
    return `expected ${objectForms}; put names with blanks or dots in backticks`
  const database = unquote(quotedDatabase)
  if (ownDatabases.includes(database.toLowerCase()))
    return `${database} belongs to the server itself, and is never granted`
  if (database === '*') return 'privileges on all databases are never granted: name each'
  if (routine && quotedName === '*') return 'name the routine'
  const name = unquote(quotedName)
  if (routine === 'procedure' || routine === 'function') return { kind: routine, database, name }
  return quotedName === '*' ? { kind: 'database', database } : { kind: 'table', database, name }
}

function unquote(name: string): string {
  return name.startsWith('`') ? name.slice(1, -1).replaceAll('``', '`') : name
}
