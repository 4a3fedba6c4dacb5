import { useState } from 'preact/hooks'
import { asArray, asObject, asObjects, asString, type Json } from '../../../json.ts'
import { EmojiText } from '../text/emoji.tsx'
import { RichText } from '../text/rich-text.tsx'
import { TextObject } from '../text/text-object.tsx'
import { cellWords, sortRows } from './cells.ts'

/** A table whose columns sort, and that is shown page by page. */
export function DataTableBlock({ block }: { block: Json }) {
  const [head = [], ...rows] = asArray(block.rows).map(asObjects)
  const [sort, setSort] = useState<{ column: number; descending: boolean } | null>(null)
  const [page, setPage] = useState(0)
  const size = Number(block.page_size ?? 0) || Math.max(rows.length, 1)
  const sorted = sort ? sortRows(rows, sort.column, sort.descending) : rows
  const pages = Math.ceil(rows.length / size)
  const sortBy = (column: number) => {
    setSort({ column, descending: sort?.column === column && !sort.descending })
    setPage(0)
  }
  const caption = asString(block.caption)
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
      <section class="table-scroll" tabIndex={0} aria-label={caption || 'Table'}>
        <table class="table">
          {caption && <caption>{caption}</caption>}
          <thead>
            <tr>
              {head.map((cell, i) => (
                <th key={`${i}`} scope="col" aria-sort={ariaSort(sort, i)}>
                  <button type="button" onClick={() => sortBy(i)}>
                    {cellWords(cell)}
                    <span aria-hidden="true">{arrowOf(sort, i)}</span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <Rows rows={sorted.slice(page * size, (page + 1) * size)} header={block.row_header_column_index} />
        </table>
      </section>
      {pages > 1 && <Pager page={page} pages={pages} onPage={setPage} />}
    </>
  )
}

export function TableBlock({ block }: { block: Json }) {
  const [head = [], ...rows] = asArray(block.rows).map(asObjects)
  const aligned = asArray(block.column_settings).map((one) => asString(asObject(one).align))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section class="table-scroll" tabIndex={0} aria-label="Table">
      <table class="table">
        <thead>
          <tr>
            {head.map((cell, i) => (
              <th key={`${i}`} scope="col" class={aligned[i] ?? ''}>
                <Cell cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <Rows rows={rows} aligned={aligned} />
      </table>
    </section>
  )
}

function Rows({ rows, header, aligned = [] }: { rows: Json[][]; header?: unknown; aligned?: string[] }) {
  return (
    <tbody>
      {rows.map((row, i) => (
        <tr key={`${i}`}>
          {row.map((cell, j) =>
            j === header ? (
              <th key={`${j}`} scope="row">
                <Cell cell={cell} />
              </th>
            ) : (
              <td key={`${j}`} class={aligned[j] ?? (cell.type === 'raw_number' ? 'right' : '')}>
                <Cell cell={cell} />
              </td>
            ),
          )}
        </tr>
      ))}
    </tbody>
  )
}

function Cell({ cell }: { cell: Json }) {
  if (cell.type === 'rich_text') return <RichText elements={asObjects(cell.elements)} />
  if (cell.type === 'mrkdwn') return <TextObject text={cell} />
  return <EmojiText text={cellWords(cell)} />
}

function Pager({ page, pages, onPage }: { page: number; pages: number; onPage: (page: number) => void }) {
  return (
    <nav class="pager" aria-label="Pages of the table">
      <button type="button" class="button" disabled={page === 0} onClick={() => onPage(page - 1)}>
        Previous
      </button>
      <span>
        {page + 1} of {pages}
      </span>
      <button type="button" class="button" disabled={page === pages - 1} onClick={() => onPage(page + 1)}>
        Next
      </button>
    </nav>
  )
}

type Sort = { column: number; descending: boolean } | null

function ariaSort(sort: Sort, column: number) {
  if (sort?.column !== column) return 'none'
  return sort.descending ? 'descending' : 'ascending'
}

function arrowOf(sort: Sort, column: number): string {
  if (sort?.column !== column) return ' ↕'
  return sort.descending ? ' ↓' : ' ↑'
}
