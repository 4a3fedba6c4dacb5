import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { auditHistoryAction, auditPageAction, auditShareAction, auditTableAction } from './clicks.ts'
import { auditCommand } from './command.ts'
import { listAsReport, reportDownloadAction } from './download.ts'
import { auditActionIds, auditCommandName, auditViewIds, searchInputIds } from './ids.ts'
import { reportAction } from './report.ts'
import { parseReportValue } from './report-line.ts'
import { openSearchAction, searchedEntitlements, searchedResources, searchFormListener } from './search.ts'

/** Audits: the command, the buttons on its answers, and the search form. */
export function auditFeature(parts: FeatureParts): Feature {
  const page = auditPageAction(parts)
  const table = auditTableAction(parts)
  return {
    commands: { [auditCommandName]: auditCommand(parts) },
    actions: {
      [auditActionIds.previous]: page,
      [auditActionIds.next]: page,
      [auditActionIds.list]: page,
      [auditActionIds.table]: table,
      [auditActionIds.tablePrevious]: table,
      [auditActionIds.tableNext]: table,
      [auditActionIds.history]: auditHistoryAction(parts),
      [auditActionIds.reportTable]: reportAction(parts, 'table'),
      [auditActionIds.reportList]: reportAction(parts, 'list'),
      [auditActionIds.reportDownload]: reportDownloadAction(parts, parseReportValue),
      [auditActionIds.reportDownloadJsonl]: reportDownloadAction(parts, parseReportValue, 'jsonl'),
      [auditActionIds.download]: reportDownloadAction(parts, listAsReport),
      [auditActionIds.downloadJsonl]: reportDownloadAction(parts, listAsReport, 'jsonl'),
      [auditActionIds.share]: auditShareAction(parts),
      [auditActionIds.search]: openSearchAction(parts),
    },
    forms: { [auditViewIds.search]: searchFormListener(parts) },
    suggestions: {
      [searchInputIds.resource]: searchedResources(parts),
      [searchInputIds.entitlement]: searchedEntitlements(parts),
    },
  }
}
