import { CodeBlock } from './code-block.tsx'
import { Inlines } from './inline.tsx'
import { type MarkdownPart, parseMarkdown } from './markdown.ts'
import { parseInline } from './mrkdwn.ts'

export function Markdown({ text }: { text: string }) {
  return (
    <div class="markdown">
      {parseMarkdown(text).map((part, i) => (
        <Part key={`${i}`} part={part} />
      ))}
    </div>
  )
}

function Part({ part }: { part: MarkdownPart }) {
  switch (part.kind) {
    case 'heading': {
      const Heading = `h${Math.min(part.level + 2, 6)}` as 'h3'
      return (
        <Heading class={`level-${part.level}`}>
          <Inlines all={parseInline(part.text)} />
        </Heading>
      )
    }
    case 'rule':
      return <hr />
    case 'code':
      return <CodeBlock text={part.text} />
    case 'quote':
      return (
        <blockquote>
          <Inlines all={parseInline(part.text)} />
        </blockquote>
      )
    case 'list':
      return <List ordered={part.ordered} items={part.items} />
    case 'table':
      return <Table rows={part.rows} />
    case 'paragraph':
      return (
        <p class="words">
          <Inlines all={parseInline(part.text)} />
        </p>
      )
  }
}

function List({ ordered, items }: { ordered: boolean; items: string[] }) {
  const lines = items.map((item, i) => (
    <li key={`${i}`}>
      <Inlines all={parseInline(item)} />
    </li>
  ))
  return ordered ? <ol>{lines}</ol> : <ul>{lines}</ul>
}

function Table({ rows: [head = [], ...rows] }: { rows: string[][] }) {
  const cell = (text: string) => <Inlines all={parseInline(text)} />
  return (
    <table class="table">
      <thead>
        <tr>
          {head.map((text, i) => (
            <th key={`${i}`}>{cell(text)}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row, i) => (
          <tr key={`${i}`}>
            {row.map((text, j) => (
              <td key={`${j}`}>{cell(text)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
