/** Slash commands, as the manifest names them. */
export const commandNames = { requestAccess: '/request-access', audit: '/audit' } as const

/** Buttons and selects. Values of buttons are ids only: what they stand for is read again and judged again. */
export const actionIds = {
  approve: 'daypass.approve',
  deny: 'daypass.deny',
  revoke: 'daypass.revoke',
  cancel: 'daypass.cancel',
  credentials: 'daypass.credentials',
  release: 'daypass.release',
  again: 'daypass.again',
  auditPrevious: 'daypass.audit.previous',
  auditNext: 'daypass.audit.next',
  auditShare: 'daypass.audit.share',
  auditStory: 'daypass.audit.story',
  auditList: 'daypass.audit.list',
  auditTable: 'daypass.audit.table',
  auditTablePrevious: 'daypass.audit.table.previous',
  auditTableNext: 'daypass.audit.table.next',
  formResource: 'daypass.form.resource',
  formEntitlement: 'daypass.form.entitlement',
} as const

/** Inputs of forms that raise nothing until the form is sent. */
export const inputIds = {
  duration: 'daypass.form.duration',
  justification: 'daypass.form.justification',
  ticket: 'daypass.form.ticket',
  reason: 'daypass.form.reason',
} as const

export const viewIds = {
  request: 'daypass.request',
  deny: 'daypass.deny',
  revoke: 'daypass.revoke',
  /** Says something; has nothing to send. */
  notice: 'daypass.notice',
  credentials: 'daypass.credentials',
} as const

/** Type of the metadata on every message; its payload holds ids only. */
export const messageEventType = 'daypass_message'
