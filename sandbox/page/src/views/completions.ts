import { apps, usersById, workspace } from '../state/store.ts'

export interface Completion {
  /** The text that replaces the word at the cursor. */
  insert: string
  title: string
  hint: string
  description: string
  /** The callback id of a global shortcut, which is used at once. */
  shortcut?: string
}

const MOST = 8

/** The completions: commands and global shortcuts at the start of a text, people and groups after an `@`. */
export function completionsFor(text: string): Completion[] {
  if (/^\/\S*$/.test(text)) return [...commandsFor(text), ...shortcutsFor(text.slice(1))].slice(0, MOST)
  const mention = /(?:^|\s)@([\w.-]*)$/.exec(text)
  return mention ? peopleFor((mention[1] ?? '').toLowerCase()) : []
}

/** The text with the word at the cursor replaced. */
export function complete(text: string, { insert }: Completion): string {
  return insert.startsWith('/') ? insert : text.replace(/@[\w.-]*$/, insert)
}

/** The command of a text and its usage hint. Undefined while it is incomplete, and once an argument follows. */
export function usageOf(text: string): { command: string; hint: string } | undefined {
  const [, name, rest] = /^(\/\S+) ([\s\S]*)$/.exec(text) ?? []
  const found = allCommands().find(({ command }) => command === name)
  return found?.usageHint && !rest?.includes('\n')
    ? { command: found.command, hint: found.usageHint }
    : undefined
}

function allCommands() {
  return apps.value.flatMap(({ commands, name }) => commands.map((command) => ({ ...command, app: name })))
}

function commandsFor(text: string): Completion[] {
  return allCommands()
    .filter(({ command }) => command.startsWith(text))
    .map(({ command, description = '', usageHint = '', app }) => ({
      insert: `${command} `,
      title: command,
      hint: usageHint,
      description: [description, app].filter(Boolean).join(' · '),
    }))
}

function shortcutsFor(begun: string): Completion[] {
  return apps.value.flatMap(({ shortcuts, name: app }) =>
    shortcuts
      .filter(({ type, name }) => type === 'global' && name.toLowerCase().startsWith(begun.toLowerCase()))
      .map(({ callbackId, name, description = '' }) => ({
        insert: '',
        title: name,
        hint: 'shortcut',
        description: [description, app].filter(Boolean).join(' · '),
        shortcut: callbackId,
      })),
  )
}

function peopleFor(begun: string): Completion[] {
  const people = [...usersById.value.values()]
    .filter(({ role }) => role !== 'deactivated')
    .map(({ name, realName }) => ({
      insert: `@${name} `,
      title: realName,
      hint: `@${name}`,
      description: '',
    }))
  const groups = (workspace.value?.usergroups ?? []).map(({ handle, name }) => ({
    insert: `@${handle} `,
    title: name,
    hint: `@${handle}`,
    description: '',
  }))
  return [...people, ...groups]
    .filter(({ title, insert }) =>
      `${title.toLowerCase()} ${insert}`.split(/[\s@]+/).some((w) => w.startsWith(begun)),
    )
    .slice(0, MOST)
}
