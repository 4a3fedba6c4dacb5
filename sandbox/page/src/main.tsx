import { render } from 'preact'
import { App } from './app.tsx'
import { settle } from './state/place.ts'
import { listen } from './state/stream.ts'
import { wearTheme } from './state/theme.ts'

wearTheme()
settle()
listen()
const root = document.getElementById('page')
if (root) render(<App />, root)
