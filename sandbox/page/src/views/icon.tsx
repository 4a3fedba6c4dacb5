const PATHS = {
  hash: 'M7 3L5 17M15 3l-2 14M3.5 7.5h14M2.5 12.5h14',
  lock: 'M5 9h10v8H5zM7 9V6a3 3 0 016 0v3',
  dots: 'M4 10h.01M10 10h.01M16 10h.01',
  cross: 'M5 5l10 10M15 5L5 15',
  chevron: 'M5 8l5 5 5-5',
  back: 'M12 4l-6 6 6 6',
  menu: 'M3 5h14M3 10h14M3 15h14',
  send: 'M3 10h12M10 4l6 6-6 6',
  eye: 'M2 10s3-5 8-5 8 5 8 5-3 5-8 5-8-5-8-5zM10 8a2 2 0 110 4 2 2 0 010-4z',
  reply: 'M3 4h14v9H9l-4 4v-4H3z',
  sun: 'M10 6.5a3.5 3.5 0 110 7 3.5 3.5 0 010-7zM10 1v2M10 17v2M1 10h2M17 10h2M3.6 3.6L5 5M15 15l1.4 1.4M3.6 16.4L5 15M15 5l1.4-1.4',
  moon: 'M16.5 12.5A7 7 0 017.5 3.5a7 7 0 109 9z',
  auto: 'M10 2.5a7.5 7.5 0 110 15zM10 2.5a7.5 7.5 0 100 15',
  wire: 'M2 7h13l-3-3M18 13H5l3 3',
  file: 'M5 2h7l4 4v12H5zM12 2v4h4',
  app: 'M3 3h5.5v5.5H3zM11.5 3H17v5.5h-5.5zM3 11.5h5.5V17H3zM11.5 11.5H17V17h-5.5z',
  window: 'M3 4h14v12H3zM3 8h14M11 12l3-1',
} as const

export type IconName = keyof typeof PATHS

/** An icon beside text, or in a button with a name. Hidden from screen readers. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  )
}
