import { z } from 'zod'

// Checks in code instead of formats, because editors see `${NAME}` where the value will be.

/** Of Jira, Linear and GitHub alike: a secret that both sides know. */
export const webhookSecret = checked((text) => (text.length >= 16 ? null : 'expected at least 16 characters'))
  .optional()
  .describe('The secret of the webhook, at least 16 characters. Absent: no delivery is believed')

export const token = z.string().min(1)

export const email = checked((text) => (/^[^@\s]+@[^@\s]+$/.test(text) ? null : 'expected an e-mail address'))

export function baseUrl(form: string) {
  const isUrl = (text: string) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)
  return checked((text) => (isUrl(text) ? null : `expected a URL such as ${form}`)).transform((url) =>
    url.replace(/\/+$/, ''),
  )
}

/** Messages never repeat the value: a secret may stand there. */
function checked(problemOf: (text: string) => string | null) {
  return z.string().check((ctx) => {
    const message = problemOf(ctx.value)
    if (message) ctx.issues.push({ code: 'custom', message, input: undefined })
  })
}
