/** One setting of a rule that notices, as the catalog writes it. `usual` counts where the catalog says nothing. */
export type Setting =
  | { readonly kind: 'count'; readonly usual: number; readonly least: number; readonly about: string }
  /** In seconds. The catalog writes `30m`. */
  | { readonly kind: 'duration'; readonly usual: number; readonly about: string }
  /** From and to, in minutes of the day. The catalog writes `07:00-20:00`. */
  | { readonly kind: 'hours'; readonly usual: Hours; readonly about: string }
  /** 1 is Monday. The catalog writes `[mon, tue]`. */
  | { readonly kind: 'weekdays'; readonly usual: readonly number[]; readonly about: string }

/** `from` belongs to it, `to` does not. Over midnight where `to` is not later. */
export interface Hours {
  readonly from: number
  readonly to: number
}

export type Settings = Readonly<Record<string, Setting>>
/** The values of these settings, as the catalog was read. */
export type ValuesOf<S extends Settings> = { readonly [Name in keyof S]: S[Name]['usual'] }

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const

export const hour = 3_600
export const day = 86_400

type SettingOf<Kind extends Setting['kind']> = Extract<Setting, { kind: Kind }>

export function count(usual: number, about: string, least = 1): SettingOf<'count'> {
  return { kind: 'count', usual, least, about }
}

export function seconds(usual: number, about: string): SettingOf<'duration'> {
  return { kind: 'duration', usual, about }
}

/** Reads `07:00-20:00`. Null: it is something else. */
export function parseHours(text: string): Hours | null {
  const match = /^(\d{1,2}):(\d{2})-(\d{1,2}):(\d{2})$/.exec(text.replaceAll(' ', ''))
  if (!match) return null
  const [h1, m1, h2, m2] = match.slice(1).map(Number) as [number, number, number, number]
  const [from, to] = [h1 * 60 + m1, h2 * 60 + m2]
  return m1 < 60 && m2 < 60 && from < 1_440 && to <= 1_440 && from !== to ? { from, to } : null
}

/** `07:00-20:00`. */
export function hoursText({ from, to }: Hours): string {
  const text = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
  return `${text(from)}-${text(to)}`
}

/** How often a rule may speak about one subject. The catalog writes `1 per 7d`. */
export interface AtMost {
  readonly times: number
  readonly perSeconds: number
}

/** How the catalog lets a rule speak: in the security channel, or also in the channel of the owners. */
export const alertAudiences = ['security', 'owners'] as const
export type AlertAudience = (typeof alertAudiences)[number]
