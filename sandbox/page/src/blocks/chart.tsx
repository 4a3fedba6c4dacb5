import { asArray, asObject, asObjects, asString, type Json } from '../../../json.ts'

/** A chart as a table with bars, so that each number can be read. */
export function ChartBlock({ block }: { block: Json }) {
  const chart = asObject(block.chart)
  const segments = asObjects(chart.segments)
  const series = asObjects(chart.series)
  const title = asString(block.title) || asString(asObject(block.title).text)
  const points = segments.length > 0 ? [{ name: '', data: segments }] : series
  const all = points.flatMap(({ data }) => asObjects(data).map(({ value }) => Number(value)))
  const most = Math.max(...all, 1)
  return (
    <figure class="chart">
      <figcaption>
        {title} <span class="hint">({asString(chart.type)} chart)</span>
      </figcaption>
      <table class="table">
        <tbody>
          {points.flatMap((one, i) =>
            asArray(one.data).map((raw, j) => {
              const point = asObject(raw)
              const value = Number(point.value)
              return (
                <tr key={`${i}-${j}`}>
                  <th scope="row">
                    {[asString(one.name), asString(point.label)].filter(Boolean).join(' · ')}
                  </th>
                  <td class="right">{value}</td>
                  <td class="bar">
                    <meter min={0} max={most} value={value} aria-hidden="true" />
                  </td>
                </tr>
              )
            }),
          )}
        </tbody>
      </table>
    </figure>
  )
}
