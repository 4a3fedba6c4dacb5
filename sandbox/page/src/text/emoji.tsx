import type { ComponentChildren } from 'preact'
import { EMOJI } from './emoji-names.ts'

/** Emoji that bots often use, as drawings: they look the same everywhere, also without an emoji font. */
const CIRCLES: Readonly<Record<string, string>> = {
  '🔴': '#d92d20',
  '🟠': '#f08c00',
  '🟡': '#f2c037',
  '🟢': '#2b9a4a',
  '🔵': '#2f6fd6',
  '⚪': '#e3e6ea',
  '⚫': '#3d434b',
}

const SHAPES: Readonly<Record<string, ComponentChildren>> = {
  '✅': [
    <rect key="a" x="1.5" y="1.5" width="17" height="17" rx="4" fill="#2b9a4a" />,
    <path key="b" d="M5.5 10.5l3.2 3.2 6-7" fill="none" stroke="#fff" stroke-width="2.4" />,
  ],
  '⛔': [
    <circle key="a" cx="10" cy="10" r="8.5" fill="#d92d20" />,
    <rect key="b" x="4.5" y="8.4" width="11" height="3.2" rx="1" fill="#fff" />,
  ],
  '⚠': [
    <path key="a" d="M10 1.8L19 17.8H1z" fill="#f2c037" stroke="#8a6400" stroke-linejoin="round" />,
    <path key="b" d="M10 7.4v5" stroke="#3a2b00" stroke-width="2" stroke-linecap="round" />,
    <circle key="c" cx="10" cy="15.2" r="1.2" fill="#3a2b00" />,
  ],
  '⏳': [
    <path key="a" d="M4.5 1.5h11M4.5 18.5h11" stroke="#8a6400" stroke-width="2" stroke-linecap="round" />,
    <path
      key="b"
      d="M6 2.5h8c0 4-3 5.5-3 7.5s3 3.5 3 7.500H6c0-4 3-5.5 3-7.500S6 6.5 6 2.500z"
      fill="#cfe3f5"
      stroke="#5b7183"
    />,
    <path
      key="c"
      d="M7.6 5.500h4.800L10 9zM7 16.600c.4-2 1.7-3 3-3.6 1.3.6 2.6 1.6 3 3.600z"
      fill="#f2c037"
    />,
  ],
  '⏰': [
    <circle key="a" cx="10" cy="11" r="7" fill="#fff" stroke="#d92d20" stroke-width="2" />,
    <path key="b" d="M10 7v4l2.6 2" fill="none" stroke="#3d434b" stroke-width="1.6" stroke-linecap="round" />,
    <path
      key="c"
      d="M2 5.500L5 2.500M18 5.500L15 2.5"
      stroke="#d92d20"
      stroke-width="2.4"
      stroke-linecap="round"
    />,
  ],
  '🚨': [
    <path key="a" d="M5 14V9.500a5 5 0 0110 0V14z" fill="#d92d20" />,
    <rect key="b" x="3" y="14" width="14" height="4" rx="1.2" fill="#5b6470" />,
    <path
      key="c"
      d="M10 .8v1.800M2.2 4.200l1.5 1M17.8 4.200l-1.5 1"
      stroke="#f08c00"
      stroke-width="1.8"
      stroke-linecap="round"
    />,
  ],
  '❌': <path d="M4 4l12 12M16 4L4 16" stroke="#d92d20" stroke-width="3" stroke-linecap="round" />,
}

const DRAWN = new RegExp(`(${[...Object.keys(CIRCLES), ...Object.keys(SHAPES)].join('|')})\ufe0f?`, 'u')

export function EmojiByName({ name }: { name: string }) {
  const sign = EMOJI[name.split('::')[0] ?? '']
  return sign ? <EmojiText text={sign} label={name} /> : `:${name}:`
}

/** A text with its emoji drawn. */
export function EmojiText({ text, label }: { text: string; label?: string }) {
  if (!DRAWN.test(text)) return <>{text}</>
  return (
    <>
      {text
        .split(DRAWN)
        .map((part, i) => (i % 2 === 1 ? <Sign key={`${i}`} sign={part} label={label ?? part} /> : part))}
    </>
  )
}

function Sign({ sign, label }: { sign: string; label: string }) {
  const colour = CIRCLES[sign]
  return (
    <svg class="sign" viewBox="0 0 20 20" role="img" aria-label={label}>
      {colour ? <circle cx="10" cy="10" r="8" fill={colour} stroke="#0003" /> : SHAPES[sign]}
    </svg>
  )
}
