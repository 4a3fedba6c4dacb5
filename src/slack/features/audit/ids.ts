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
  reportDownloadJsonl: 'daypass.audit.report.download.jsonl',
  download: 'daypass.audit.download',
  downloadJsonl: 'daypass.audit.download.jsonl',
  search: 'daypass.audit.search',
} as const

export const auditViewIds = { search: 'daypass.audit.search.form' } as const

/** Fields of the search form. The two lists are also asked by these ids while a person types. */
export const searchInputIds = {
  person: 'daypass.audit.search.person',
  resource: 'daypass.audit.search.resource',
  entitlement: 'daypass.audit.search.entitlement',
  approver: 'daypass.audit.search.approver',
  state: 'daypass.audit.search.state',
  from: 'daypass.audit.search.from',
  to: 'daypass.audit.search.to',
  sort: 'daypass.audit.search.sort',
} as const
