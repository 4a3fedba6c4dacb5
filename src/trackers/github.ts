import { z } from 'zod'
import { askTracker } from './ask.ts'
import { defineTracker } from './define-tracker.ts'
import { baseUrl, token, webhookSecret } from './settings.ts'
import { type HookForm, readSignedHook } from './signed-hook.ts'

/** https://docs.github.com/en/rest/issues/issues#get-an-issue */
const issue = z.object({
  state: z.string(),
  state_reason: z.string().nullish(),
  assignees: z.array(z.object({ login: z.string() })),
})

const delivery = z.object({
  action: z.string(),
  issue: z.object({ number: z.number().int(), updated_at: z.string() }),
  repository: z.object({ full_name: z.string() }),
})

/** https://docs.github.com/en/webhooks/webhook-events-and-payloads#issues */
const hook: HookForm<z.output<typeof delivery>> = {
  header: 'x-hub-signature-256',
  prefix: 'sha256=',
  body: delivery,
  // GitHub signs no time of the delivery. The time of the change is the next best: GitHub is asked besides.
  sentAt: ({ issue }) => new Date(issue.updated_at),
  toleranceSeconds: 3600,
  closed: ({ action, issue, repository }) =>
    ['closed', 'deleted', 'transferred'].includes(action)
      ? `${repository.full_name}#${issue.number}`.toLowerCase()
      : null,
}

// Neither is `.` or `..`: people type them, and they are a part of the address.
const owner = '[A-Za-z0-9][A-Za-z0-9-]{0,38}'
const repo = '\\.?[\\w-][\\w.-]{0,98}'

/** Issues of GitHub, also of GitHub Enterprise Server. */
export const github = defineTracker({
  kind: 'github',
  name: 'GitHub',
  settings: z.strictObject({
    url: baseUrl('https://api.github.com')
      .default('https://api.github.com')
      .describe('The address of the API: https://HOST/api/v3 for GitHub Enterprise Server'),
    token: token.describe('A token that may read issues'),
    repository: z
      .string()
      .regex(new RegExp(`^${owner}/${repo}$`), 'expected owner/name')
      .optional()
      .describe('The repository of tickets such as #42: owner/name. Others are written owner/name#42'),
    webhookSecret,
  }),
  open({ url, token, repository, webhookSecret: secret }, asked) {
    const headers = {
      authorization: `Bearer ${token}`,
      accept: 'application/vnd.github+json',
      'x-github-api-version': '2022-11-28',
      'user-agent': 'daypass',
    }
    return {
      normalise(ticket) {
        const read = new RegExp(`^(${owner}/${repo})?#([0-9]{1,12})$`).exec(ticket)
        const of = read?.[1] ?? repository
        return read && of ? `${of}#${Number(read[2])}`.toLowerCase() : null
      },
      async find(key) {
        const [of = '', number = ''] = key.split('#')
        const found = await askTracker(asked, `${url}/repos/${of}/issues/${number}`, { headers }, issue)
        if (!found) return null
        return {
          status: found.state_reason?.replaceAll('_', ' ') ?? found.state,
          isOpen: found.state === 'open',
          assignees: found.assignees.map(({ login }) => ({ login, displayName: login })),
        }
      },
      ...(secret && { readHook: (sent, now) => readSignedHook(hook, secret, sent, now) }),
    }
  },
})
