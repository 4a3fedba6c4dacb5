import type { ComponentChildren } from 'preact'
import { addressOf, go, me, type Place } from '../state/place.ts'
import { workspace } from '../state/store.ts'
import { safeUrl } from './mrkdwn.ts'

/** A link to a place on this page, or to another address in a new window. */
export function LinkTo({ url, to, children }: { url?: string; to?: Place; children: ComponentChildren }) {
  const place = to ?? (url ? permalinked(url) : undefined)
  if (place) {
    const { threadTs, ...there } = { threadTs: null, ...place } as Place & { threadTs: string | null }
    return (
      <a
        href={addressOf(me.value, there, threadTs)}
        onClick={(event) => {
          if (event.metaKey || event.ctrlKey || event.shiftKey) return
          event.preventDefault()
          go(there, threadTs)
        }}
      >
        {children}
      </a>
    )
  }
  if (!url || !safeUrl(url)) return <>{children}</>
  return (
    <a href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}

/** The place on this page to which a permalink of the workspace leads. */
function permalinked(url: string): (Place & { threadTs: string | null }) | undefined {
  const match = /^https:\/\/([\w-]+)\.slack\.com\/archives\/(\w+)(?:\/p\d+)?(?:\?thread_ts=([\d.]+))?/.exec(
    url,
  )
  if (!match || match[1] !== workspace.value?.team.domain) return undefined
  return { kind: 'channel', id: match[2] ?? '', threadTs: match[3] ?? null }
}
