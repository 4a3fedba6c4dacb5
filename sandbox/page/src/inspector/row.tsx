import { useEffect, useState } from 'preact/hooks'
import type { TrafficSummary } from '../../../control/stream-types.ts'
import type { TrafficEntry, Violation } from '../../../types.ts'
import { control } from '../state/control.ts'
import { memo } from '../views/memo.ts'
import { detailOf } from './detail.ts'
import { JsonTree } from './json-tree.tsx'

export const EntryRow = memo(function EntryRow({ entry }: { entry: TrafficSummary }) {
  const [open, setOpen] = useState(false)
  const refused = entry.violations.length > 0
  const bad = refused || entry.error !== undefined
  const toApp = entry.direction === 'to_app'
  return (
    <li class={`row${refused ? ' refused' : bad ? ' failed' : ''}`}>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <time dateTime={entry.at}>{entry.at.slice(11, 23)}</time>
        <span class={`direction ${entry.direction}`}>{toApp ? 'Slack → app' : 'app → Slack'}</span>
        <span class="name">
          {entry.name}
          {entry.retry !== undefined && <small> retry {entry.retry}</small>}
        </span>
        <span class="outcome">{outcomeOf(entry)}</span>
        <span class="ms">{timeOf(entry)}</span>
      </button>
      {entry.violations.map((violation) => (
        <ViolationWords key={violation.id} violation={violation} />
      ))}
      {open && <Detail id={entry.id} done={entry.durationMs !== undefined} />}
    </li>
  )
})

export function ViolationRow({ violation }: { violation: Violation }) {
  return (
    <li class="row refused">
      <span class="loose">
        <time dateTime={violation.at}>{violation.at.slice(11, 23)}</time>
        <ViolationWords violation={violation} />
      </span>
    </li>
  )
}

function ViolationWords({ violation }: { violation: Violation }) {
  return (
    <p class="violation">
      <strong>{violation.kind}</strong> {violation.detail}
    </p>
  )
}

/** Fetches the bodies when the row is opened, and again once the answer has come. */
function Detail({ id, done }: { id: string; done: boolean }) {
  const [entry, setEntry] = useState<TrafficEntry | null>(null)
  useEffect(() => {
    control.trafficEntry(id).then(setEntry, () => setEntry(null))
  }, [id, done])
  if (!entry) return <p class="hint detail">Loading…</p>
  return (
    <div class="detail">
      {detailOf(entry).map(([name, value]) => (
        <JsonTree key={name} name={name} value={value} open={name !== 'Headers'} />
      ))}
    </div>
  )
}

function outcomeOf({ status, error, durationMs, transport }: TrafficSummary): string {
  if (error) return status ? `${status} ${error}` : error
  if (status) return transport === 'socket' ? 'acknowledged' : String(status)
  return durationMs === undefined ? 'waiting' : 'done'
}

/** An app's acknowledgement, or how long a call took. */
function timeOf({ durationMs, direction }: TrafficSummary): string {
  if (durationMs === undefined) return '…'
  return `${direction === 'to_app' ? 'ack ' : ''}${Math.round(durationMs)} ms`
}
