/** The parts of a text in Slack's mrkdwn. They are drawn as elements, never as markup. */
export type Inline =
  | { kind: 'text'; text: string }
  | { kind: 'bold' | 'italic' | 'strike'; children: Inline[] }
  | { kind: 'code'; text: string }
  | { kind: 'user' | 'channel' | 'group'; id: string; label: string }
  | { kind: 'broadcast'; range: string }
  | { kind: 'link'; url: string; label: string }
  | { kind: 'date'; timestamp: number; format: string; link: string; fallback: string }
  | { kind: 'emoji'; name: string }

export type Piece =
  | { kind: 'line'; children: Inline[] }
  | { kind: 'quote'; children: Inline[] }
  | { kind: 'pre'; text: string }

const FENCE = /```\n?([\s\S]+?)\n?```/g
const INLINE =
  /<([^<>\n]+)>|`([^`\n]+)`|(?<![\w*])\*(?=\S)([^*\n]*\S)\*(?![\w*])|(?<![\w_])_(?=\S)([^_\n]*\S)_(?![\w_])|(?<![\w~])~(?=\S)([^~\n]*\S)~(?![\w~])|:([a-z0-9_+'-]+):/g

export function parseMrkdwn(text: string): Piece[] {
  const pieces: Piece[] = []
  let from = 0
  for (const match of text.matchAll(FENCE)) {
    pieces.push(...parseLines(text.slice(from, match.index)))
    pieces.push({ kind: 'pre', text: plainOf(match[1] ?? '') })
    from = match.index + match[0].length
  }
  return [...pieces, ...parseLines(text.slice(from))]
}

/** Groups successive lines into quoted and unquoted parts. */
function parseLines(text: string): Piece[] {
  if (text.trim() === '') return []
  const groups: { quoted: boolean; lines: string[] }[] = []
  for (const line of text.replace(/^\n|\n$/g, '').split('\n')) {
    const quoted = /^(&gt;|>)/.test(line)
    const last = groups.at(-1)
    const words = quoted ? line.replace(/^(&gt;|>) ?/, '') : line
    if (last?.quoted === quoted) last.lines.push(words)
    else groups.push({ quoted, lines: [words] })
  }
  return groups.map(({ quoted, lines }) => ({
    kind: quoted ? 'quote' : 'line',
    children: parseInline(lines.join('\n')),
  }))
}

export function parseInline(text: string): Inline[] {
  const found: Inline[] = []
  let from = 0
  for (const match of text.matchAll(INLINE)) {
    if (match.index > from) found.push({ kind: 'text', text: decode(text.slice(from, match.index)) })
    found.push(inlineOf(match))
    from = match.index + match[0].length
  }
  if (from < text.length) found.push({ kind: 'text', text: decode(text.slice(from)) })
  return found
}

function inlineOf([whole, token, code, bold, italic, strike, emoji]: RegExpMatchArray): Inline {
  if (token !== undefined) return parseToken(token)
  if (code !== undefined) return { kind: 'code', text: plainOf(code) }
  if (bold !== undefined) return { kind: 'bold', children: parseInline(bold) }
  if (italic !== undefined) return { kind: 'italic', children: parseInline(italic) }
  if (strike !== undefined) return { kind: 'strike', children: parseInline(strike) }
  if (emoji !== undefined) return { kind: 'emoji', name: emoji }
  return { kind: 'text', text: whole }
}

/** Parses the text between `<` and `>`. */
function parseToken(token: string): Inline {
  const bar = token.indexOf('|')
  const body = bar < 0 ? token : token.slice(0, bar)
  const label = bar < 0 ? '' : decode(token.slice(bar + 1))
  if (body.startsWith('@')) return { kind: 'user', id: body.slice(1), label }
  if (body.startsWith('#')) return { kind: 'channel', id: body.slice(1), label }
  if (body.startsWith('!subteam^')) return { kind: 'group', id: body.slice(9), label }
  if (body.startsWith('!date^')) {
    const [, timestamp = '', format = '', link = ''] = body.split('^')
    return { kind: 'date', timestamp: Number(timestamp), format, link: decode(link), fallback: label }
  }
  if (body.startsWith('!')) return { kind: 'broadcast', range: body.slice(1) }
  const url = decode(body)
  return safeUrl(url)
    ? { kind: 'link', url, label: label || url.replace(/^mailto:/, '') }
    : { kind: 'text', text: decode(`<${token}>`) }
}

/** Whether a click may open this URL: `http`, `https`, `mailto` or `tel`. */
export function safeUrl(url: string): boolean {
  return /^(https?:\/\/|mailto:|tel:)/i.test(url)
}

/** Code has no styles, but its tokens are parsed: a link shows its label. */
function plainOf(text: string): string {
  return decode(
    text.replace(
      /<(?:https?:|mailto:)([^|<>\n]*)(?:\|([^<>\n]*))?>/g,
      (whole, _rest, label) => label ?? whole.slice(1, -1),
    ),
  )
}

function decode(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
}

/** Escapes &, < and > in typed text, as Slack does. */
export function encode(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
