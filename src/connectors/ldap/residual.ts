import type { Evidence } from '../../domain/connector.ts'
import type { LdapSettings } from './schema.ts'
import type { Target } from './target.ts'

/** What goes on after an end: nobody can end a connection that is bound already, nor a ticket that was issued. */
export function residualOf({ settings }: Pick<Target, 'settings'>): Pick<Evidence, 'residualUntil'> {
  const { sessionsLast, directory } = settings
  const what =
    directory === 'active-directory'
      ? 'Kerberos tickets, connections and sessions of applications opened before'
      : 'Connections and sessions of applications opened before'
  const at = sessionsLast === undefined ? null : new Date(Date.now() + sessionsLast * 1_000)
  return { residualUntil: { at, what } }
}

/** The same as a sentence, before access is given. */
export function residualSentence({ directory }: Pick<LdapSettings, 'directory'>): string {
  return directory === 'active-directory'
    ? 'Kerberos tickets go on until they expire, in an ordinary domain for 10 hours, and applications may keep their sessions.'
    : 'Connections that are open at the end, and sessions of applications, go on until they are closed or look at the directory again.'
}
