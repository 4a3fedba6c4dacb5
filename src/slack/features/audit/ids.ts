export const auditCommandName = '/audit'

/** Buttons on an answer. */
export const auditActionIds = {
  previous: 'daypass.audit.previous',
  next: 'daypass.audit.next',
  share: 'daypass.audit.share',
  history: 'daypass.audit.history',
  list: 'daypass.audit.list',
  table: 'daypass.audit.table',
  tablePrevious: 'daypass.audit.table.previous',
  tableNext: 'daypass.audit.table.next',
  reportTable: 'daypass.audit.report.table',
  reportList: 'daypass.audit.report.list',
  reportDownload: 'daypass.audit.report.download',
} as const
