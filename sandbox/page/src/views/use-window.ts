import type { RefObject } from 'preact'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'

const STEP = 60
const NEAR_TOP = 600
const AT_END = 80

/**
 * Draws only the newest lines of a long list, and older ones while one scrolls up. The list stays at its end while lines come,
 * unless one has scrolled up.
 */
export function useWindow(root: RefObject<HTMLElement | null>, length: number) {
  const [shown, setShown] = useState(STEP)
  const atEnd = useRef(true)
  const before = useRef(0)

  useLayoutEffect(() => {
    const list = root.current
    if (!list) return
    // The lines in view must not move while older ones are added above. Browsers ensure this, except at the very top.
    const moves = list.scrollTop === 0 || !CSS.supports('overflow-anchor', 'auto')
    if (moves && !atEnd.current) list.scrollTop += list.scrollHeight - before.current
    before.current = list.scrollHeight
  }, [shown])

  useLayoutEffect(() => {
    const list = root.current
    if (!list) return
    const toEnd = () => {
      if (atEnd.current) list.scrollTop = list.scrollHeight
      before.current = list.scrollHeight
    }
    toEnd()
    // Lines grow after they were drawn: images load, and lines that were out of view get their true height.
    const watch = new ResizeObserver(toEnd)
    watch.observe(list)
    for (const child of list.children) watch.observe(child)
    return () => watch.disconnect()
  }, [length])

  const onScroll = () => {
    const list = root.current
    if (!list) return
    atEnd.current = list.scrollHeight - list.scrollTop - list.clientHeight < AT_END
    if (list.scrollTop < NEAR_TOP && shown < length && !atEnd.current) {
      before.current = list.scrollHeight
      setShown(shown + STEP)
    }
  }
  return { first: Math.max(0, length - shown), onScroll }
}
