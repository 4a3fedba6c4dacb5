/** A name, quoted for any content. */
export function quoteName(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``
}

/** A text, quoted for any content; sessions of Daypass read backslashes as escapes. */
export function quoteText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

/** An account, as statements name it. */
export function quoteAccount({ user, host }: { readonly user: string; readonly host: string }): string {
  return `${quoteText(user)}@${quoteText(host)}`
}
