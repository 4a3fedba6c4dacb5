import type { MessagePlace } from '../../../types.ts'
import { control, errorText } from '../state/control.ts'
import { notice } from '../state/notices.ts'
import { usersById, workspace } from '../state/store.ts'
import { encode } from '../text/mrkdwn.ts'

/** Sends a slash command to its app, and any other text as a message. Answers whether it was sent. */
export async function send({
  channel,
  text,
  threadTs,
}: {
  channel: string
  text: string
  threadTs?: string
}): Promise<boolean> {
  try {
    if (!text.startsWith('/')) {
      await control.say(channel, slackText(text), threadTs)
      return true
    }
    const [, command = '', rest = ''] = /^(\S+)\s*([\s\S]*)$/.exec(text) ?? []
    if (threadTs) {
      notice(channel, `${command} is not supported in threads. Sorry!`)
      return false
    }
    const outcome = await control.command(channel, command, rest)
    if (!outcome.ok) notice(channel, outcome.error ?? `${command} failed.`)
    return outcome.ok
  } catch (error) {
    notice(channel, errorText(error))
    return false
  }
}

/** Uses a shortcut. Slack's own refusal stands in the channel. */
export async function runShortcut(
  callbackId: string,
  channel: string,
  message?: MessagePlace,
): Promise<void> {
  try {
    const outcome = await control.shortcut(callbackId, message)
    if (!outcome.ok) notice(channel, outcome.error ?? 'The shortcut failed.')
  } catch (error) {
    notice(channel, errorText(error))
  }
}

/** Converts typed text to mrkdwn: escapes &, < and >, and replaces names by ids. */
function slackText(text: string): string {
  const people = new Map([...usersById.value.values()].map(({ name, id }) => [name, `<@${id}>`]))
  const groups = new Map(
    (workspace.value?.usergroups ?? []).map(({ handle, id }) => [handle, `<!subteam^${id}>`]),
  )
  const places = new Map((workspace.value?.channels ?? []).map(({ name, id }) => [name, `<#${id}>`]))
  return encode(text)
    .replace(/(?<!\w)@([\w.-]*\w)/g, (whole, name: string) => people.get(name) ?? groups.get(name) ?? whole)
    .replace(/(?<![\w&])#([\w-]+)/g, (whole, name: string) => places.get(name) ?? whole)
    .replace(/(?<![|<\w])https?:\/\/[^\s<>]+/g, (url) => `<${url}>`)
}
