import { inline } from '../kit/text.ts'

// Answers to deliveries that reach no listener, or whose listener failed.

export const foreignWorkspace =
  'This Daypass works for another workspace, so nothing was changed. Please use the Daypass of your workspace.'
export const unknownShortcut =
  'I do not know this shortcut, so nothing was changed. `/request-access` opens the form.'
export const handledBefore = 'Slack sent this twice. I handled it the first time, and changed nothing now.'

/** An unexpected error. `reference` finds it in the log. */
export function failureSentence(reference: string): string {
  return (
    `Something went wrong on my side (${reference}). Please try again: a second try changes nothing twice. ` +
    'If it fails again, show this message to the people who run Daypass.'
  )
}

export function unknownCommand(command: string): string {
  return `I do not know \`${inline(command, 40)}\`. I answer \`/request-access\`, \`/contractors\`, \`/revoke\` and \`/audit\`.`
}
