import { useState } from 'preact/hooks'
import { control } from '../state/control.ts'
import { Icon } from '../views/icon.tsx'
import { EntryRow, ViolationRow } from './row.tsx'
import { type Filter, rowsFor, violationCount } from './rows.ts'
import { inspecting } from './state.ts'

/** Each request and answer between Slack and its apps, and what was refused. */
export function Inspector() {
  const [filter, setFilter] = useState<Filter>({ text: '', direction: '', onlyRefused: false })
  const rows = rowsFor(filter)
  const close = () => {
    inspecting.value = false
  }
  return (
    <aside class="inspector" aria-label="Inspector" onKeyDown={(event) => event.key === 'Escape' && close()}>
      <header>
        <h2>Inspector</h2>
        <span class={violationCount.value > 0 ? 'refused-count' : 'hint'} role="status">
          {violationCount.value === 0 ? 'nothing refused' : `${violationCount.value} refused`}
        </span>
        <FilterFields filter={filter} onChange={setFilter} />
        <span class="spring" />
        <button type="button" class="button" onClick={() => void control.clearTraffic()}>
          Clear
        </button>
        <button type="button" class="button icon" aria-label="Close the inspector" onClick={close}>
          <Icon name="cross" />
        </button>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="traffic" tabIndex={0} aria-label="Requests, newest first">
        <ol>
          {rows.map((row) =>
            row.kind === 'entry' ? (
              <EntryRow key={row.id} entry={row.entry} />
            ) : (
              <ViolationRow key={row.id} violation={row.violation} />
            ),
          )}
        </ol>
        {rows.length === 0 && <p class="empty">Nothing went over the wire yet, or nothing that matches.</p>}
      </section>
    </aside>
  )
}

function FilterFields({ filter, onChange }: { filter: Filter; onChange: (filter: Filter) => void }) {
  return (
    <>
      <input
        type="search"
        placeholder="Filter"
        aria-label="Filter by name or error"
        value={filter.text}
        onInput={(event) => onChange({ ...filter, text: event.currentTarget.value })}
      />
      <select
        aria-label="Direction"
        value={filter.direction}
        onChange={(event) =>
          onChange({ ...filter, direction: event.currentTarget.value as Filter['direction'] })
        }
      >
        <option value="">Both ways</option>
        <option value="to_app">Slack to app</option>
        <option value="from_app">App to Slack</option>
      </select>
      <label>
        <input
          type="checkbox"
          checked={filter.onlyRefused}
          onChange={(event) => onChange({ ...filter, onlyRefused: event.currentTarget.checked })}
        />
        Only refused
      </label>
    </>
  )
}
