/** Parses the common part of Markdown, line by line. Inline parts become mrkdwn. */
export type MarkdownPart =
  | { kind: 'heading'; level: number; text: string }
  | { kind: 'paragraph' | 'quote'; text: string }
  | { kind: 'list'; ordered: boolean; items: string[] }
  | { kind: 'code'; text: string }
  | { kind: 'table'; rows: string[][] }
  | { kind: 'rule' }

export function parseMarkdown(text: string): MarkdownPart[] {
  const parts: MarkdownPart[] = []
  const fenced = text.split(/^```.*\n([\s\S]*?)\n?^```\s*$/m)
  fenced.forEach((piece, i) => {
    if (i % 2 === 1) parts.push({ kind: 'code', text: piece })
    else for (const lines of paragraphs(piece)) parts.push(partOf(lines))
  })
  return parts
}

/** Groups lines that belong together. */
function paragraphs(text: string): string[][] {
  const groups: string[][] = []
  let last = ''
  for (const line of text.split('\n')) {
    const kind = kindOf(line)
    if (kind === 'blank') last = ''
    else if (kind === last && kind !== 'heading' && kind !== 'rule') groups.at(-1)?.push(line)
    else groups.push([line])
    last = kind === 'blank' ? '' : kind
  }
  return groups
}

function kindOf(line: string): string {
  if (line.trim() === '') return 'blank'
  if (/^#{1,6} /.test(line)) return 'heading'
  if (/^(-{3,}|\*{3,})\s*$/.test(line)) return 'rule'
  if (/^\s*[-*+] /.test(line)) return 'bullets'
  if (/^\s*\d+[.)] /.test(line)) return 'numbers'
  if (/^> ?/.test(line)) return 'quote'
  return /^\|.*\|\s*$/.test(line) ? 'table' : 'paragraph'
}

function partOf(lines: string[]): MarkdownPart {
  const [first = ''] = lines
  switch (kindOf(first)) {
    case 'heading':
      return {
        kind: 'heading',
        level: /^#+/.exec(first)?.[0].length ?? 1,
        text: inlineOf(first.replace(/^#+ /, '')),
      }
    case 'rule':
      return { kind: 'rule' }
    case 'bullets':
    case 'numbers':
      return {
        kind: 'list',
        ordered: /^\s*\d/.test(first),
        items: lines.map((line) => inlineOf(line.replace(/^\s*([-*+]|\d+[.)]) /, ''))),
      }
    case 'quote':
      return { kind: 'quote', text: inlineOf(lines.map((line) => line.replace(/^> ?/, '')).join('\n')) }
    case 'table':
      return { kind: 'table', rows: lines.filter((line) => !/^[|\s:-]+$/.test(line)).map(cellsOf) }
    default:
      return { kind: 'paragraph', text: inlineOf(lines.join('\n')) }
  }
}

function cellsOf(line: string): string[] {
  return line
    .trim()
    .replace(/^\||\|$/g, '')
    .split('|')
    .map((cell) => inlineOf(cell.trim()))
}

function inlineOf(text: string): string {
  return text
    .replace(/\[([^\]]+)\]\((https?:[^)\s]+)\)/g, '<$2|$1>')
    .replace(/(?<!\*)\*(?!\*)([^*\n]+)\*(?!\*)/g, '_$1_')
    .replace(/\*\*([^*\n]+)\*\*/g, '*$1*')
    .replace(/__([^_\n]+)__/g, '*$1*')
    .replace(/~~([^~\n]+)~~/g, '~$1~')
}
