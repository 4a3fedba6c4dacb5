import { useEffect, useRef, useState } from 'preact/hooks'
import type { Option } from '../../../types.ts'

export type LoadState = 'idle' | 'short' | 'loading' | 'ready'

/** The options for a query; null: the list is closed. Drops answers to earlier queries. */
export function useSuggestions(
  query: string | null,
  minQuery: number,
  load: (query: string) => Promise<Option[]>,
): { options: Option[]; state: LoadState } {
  const [options, setOptions] = useState<Option[]>([])
  const [state, setState] = useState<LoadState>('idle')
  const latest = useRef(0)
  useEffect(() => {
    const mine = ++latest.current
    if (query === null || query.length < minQuery) {
      setOptions([])
      setState(query === null ? 'idle' : 'short')
      return
    }
    setState('loading')
    const timer = setTimeout(
      () => {
        const show = (found: Option[]) => {
          if (mine !== latest.current) return
          setOptions(found)
          setState('ready')
        }
        load(query).then(show, () => show([]))
      },
      query === '' ? 0 : 150,
    )
    return () => clearTimeout(timer)
  }, [query])
  return { options, state }
}
