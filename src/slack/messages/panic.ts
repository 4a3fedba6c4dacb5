import type { PanicMessage, PanicReport } from '../../domain/panic.ts'
import { panicEnd, panicProgress } from '../features/panic/messages.ts'
import type { MessageContent } from '../kit/blocks.ts'

/** A message about a panic in the security channel. */
export function panicContent(report: PanicReport, message: PanicMessage): MessageContent {
  return message === 'progress' ? panicProgress(report) : panicEnd(report)
}
