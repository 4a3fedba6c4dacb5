import type { Send } from './destination.ts'
import { post } from './http.ts'

/** https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector */
export const sendToSplunk: Send<'splunk'> = async ({ rules, to, origin, events, signal }) => {
  const common = {
    host: origin,
    source: 'daypass',
    sourcetype: `daypass:${rules.format}`,
    ...(to.index === null ? {} : { index: to.index }),
  }
  const body = events
    .map(({ at, body }) => JSON.stringify({ time: Date.parse(at) / 1000, ...common, event: body }))
    .join('\n')
  const headers = { authorization: `Splunk ${to.token}`, 'content-type': 'application/json' }
  const url = new URL('services/collector/event', slashed(to.url)).href
  await post({ url, headers, body, connection: to, signal })
}

/** So that the path of a base URL is kept. */
export function slashed(url: string): string {
  return url.endsWith('/') ? url : `${url}/`
}
