/** A value that opens and closes like the folders of a tree. */
export function JsonTree({ name, value, open = false }: { name: string; value: unknown; open?: boolean }) {
  if (typeof value !== 'object' || value === null) {
    return (
      <div class="json-leaf">
        <Name name={name} />{' '}
        <span class={`json-${value === null ? 'null' : typeof value}`}>{leafWords(value)}</span>
      </div>
    )
  }
  const entries = Object.entries(value)
  const many = Array.isArray(value) ? `[${entries.length}]` : `{${entries.length}}`
  return (
    <details class="json" open={open}>
      <summary>
        <Name name={name} /> <span class="hint">{many}</span>
      </summary>
      {entries.map(([key, inner]) => (
        <JsonTree key={key} name={key} value={inner} open={entries.length < 12 && depthOf(inner) < 2} />
      ))}
    </details>
  )
}

function Name({ name }: { name: string }) {
  return <span class="json-name">{name}</span>
}

function leafWords(value: unknown): string {
  return typeof value === 'string' ? `“${value}”` : String(value)
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0
  return 1 + Math.max(0, ...Object.values(value).map(depthOf))
}
