import { z } from 'zod'
import { askTracker } from './ask.ts'
import { defineTracker } from './define-tracker.ts'
import { baseUrl, email, token, webhookSecret } from './settings.ts'
import { type HookForm, readSignedHook } from './signed-hook.ts'

const status = z.object({ name: z.string(), statusCategory: z.object({ key: z.string() }) })

/** https://developer.atlassian.com/cloud/jira/platform/rest/v2/api-group-issues/#api-rest-api-2-issue-issueidorkey-get */
const issue = z.object({
  fields: z.object({
    status,
    assignee: z
      .object({ accountId: z.string().optional(), name: z.string().optional(), displayName: z.string() })
      .nullish(),
  }),
})

/** https://developer.atlassian.com/cloud/jira/platform/webhooks/ */
const delivery = z.object({
  timestamp: z.number(),
  webhookEvent: z.string(),
  issue: z.object({ key: z.string(), fields: z.object({ status: status.optional() }).optional() }),
})

const hook: HookForm<z.output<typeof delivery>> = {
  header: 'x-hub-signature',
  prefix: 'sha256=',
  body: delivery,
  sentAt: ({ timestamp }) => new Date(timestamp),
  toleranceSeconds: 300,
  closed: ({ webhookEvent, issue }) =>
    webhookEvent === 'jira:issue_deleted' || issue.fields?.status?.statusCategory.key === 'done'
      ? issue.key.toUpperCase()
      : null,
}

/** Jira Cloud (with `email`) and Jira Data Center (a personal access token). */
export const jira = defineTracker({
  kind: 'jira',
  name: 'Jira',
  settings: z.strictObject({
    url: baseUrl('https://example.atlassian.net').describe('The address of Jira'),
    email: email.optional().describe('Jira Cloud: the account of the token. Absent: Jira Data Center'),
    token: token.describe('API token (Cloud) or personal access token (Data Center)'),
    webhookSecret,
  }),
  open({ url, email: account, token, webhookSecret: secret }, asked) {
    const authorization = account
      ? `Basic ${Buffer.from(`${account}:${token}`).toString('base64')}`
      : `Bearer ${token}`
    return {
      normalise: (ticket) => (/^[a-z][a-z0-9_]*-[0-9]+$/i.test(ticket) ? ticket.toUpperCase() : null),
      async find(key) {
        const address = `${url}/rest/api/2/issue/${encodeURIComponent(key)}?fields=status,assignee`
        const headers = { authorization, accept: 'application/json' }
        const found = await askTracker(asked, address, { headers }, issue)
        if (!found) return null
        const { status, assignee } = found.fields
        const login = assignee?.accountId ?? assignee?.name
        return {
          status: status.name,
          isOpen: status.statusCategory.key !== 'done',
          assignees: assignee && login ? [{ login, displayName: assignee.displayName }] : [],
        }
      },
      ...(secret && { readHook: (sent, now) => readSignedHook(hook, secret, sent, now) }),
    }
  },
})
