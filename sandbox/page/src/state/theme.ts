import { effect, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'
const KEY = 'local-slack-theme'

export const theme = signal<Theme>(restore())

function restore(): Theme {
  try {
    const kept = localStorage.getItem(KEY)
    return kept === 'light' || kept === 'dark' ? kept : 'auto'
  } catch {
    return 'auto'
  }
}

export function wearTheme(): void {
  effect(() => {
    document.documentElement.dataset.theme = theme.value
    try {
      localStorage.setItem(KEY, theme.value)
    } catch {
      // Without storage the choice ends with the window.
    }
  })
}
