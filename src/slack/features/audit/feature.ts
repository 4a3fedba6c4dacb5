import type { Feature } from '../../kit/listener.ts'
import type { FeatureParts } from '../feature.ts'
import { auditHistoryAction, auditPageAction, auditShareAction, auditTableAction } from './clicks.ts'
import { auditCommand } from './command.ts'
import { reportDownloadAction } from './download.ts'
import { auditActionIds, auditCommandName } from './ids.ts'
import { reportAction } from './report.ts'

/** Audits: the command, and the buttons on its answers. */
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
      [auditActionIds.reportDownload]: reportDownloadAction(parts),
      [auditActionIds.share]: auditShareAction(parts),
    },
  }
}
