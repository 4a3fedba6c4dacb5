import type { SshEntitlement } from './schema.ts'

/** The rights of an entitlement, one a line: `root /usr/bin/systemctl restart app`. The helper writes them into a file of sudo. */
export function sudoRules({ sudo }: Pick<SshEntitlement, 'sudo'>): string[] {
  return sudo.flatMap(({ as, run }) => run.map((line) => `${as} ${escaped(line)}`))
}

/**
 * Signs that mean something in a file of sudo stand for themselves; `*` and `?` stay patterns:
 * https://www.sudo.ws/docs/man/sudoers.man/#Other_special_characters_and_reserved_words
 */
function escaped(line: string): string {
  return line.replace(/[,:=#!]/g, (sign) => `\\${sign}`)
}
