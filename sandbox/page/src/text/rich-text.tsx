import type { ComponentChildren } from 'preact'
import { asArray, asObject, asObjects, asString, type Json } from '../../../json.ts'
import { CodeBlock } from './code-block.tsx'
import { EmojiByName, EmojiText } from './emoji.tsx'
import { ChannelMention, GroupMention, Moment, UserMention } from './inline.tsx'
import { LinkTo } from './link.tsx'

export function RichText({ elements }: { elements: readonly Json[] }) {
  return (
    <>
      {elements.map((element, i) => (
        <Part key={`${i}`} element={element} />
      ))}
    </>
  )
}

function Part({ element }: { element: Json }) {
  const leaves = asObjects(element.elements)
  switch (element.type) {
    case 'rich_text_preformatted':
      return <CodeBlock text={leaves.map(errorText).join('')} />
    case 'rich_text_quote':
      return (
        <blockquote>
          <Leaves all={leaves} />
        </blockquote>
      )
    case 'rich_text_list':
      return <List element={element} items={leaves} />
    default:
      return (
        <div class="words">
          <Leaves all={leaves} />
        </div>
      )
  }
}

function List({ element, items }: { element: Json; items: Json[] }) {
  const lines = items.map((item, i) => (
    <li key={`${i}`}>
      <Leaves all={asObjects(item.elements)} />
    </li>
  ))
  const indent = `indent-${Math.min(Number(element.indent ?? 0), 5)}`
  if (element.style === 'ordered') {
    return (
      <ol class={indent} start={Number(element.offset ?? 0) + 1}>
        {lines}
      </ol>
    )
  }
  return <ul class={indent}>{lines}</ul>
}

function Leaves({ all }: { all: readonly Json[] }) {
  return (
    <>
      {all.map((leaf, i) => (
        <Styled key={`${i}`} style={asObject(leaf.style)}>
          <Leaf leaf={leaf} />
        </Styled>
      ))}
    </>
  )
}

function Styled({ style, children }: { style: Json; children: ComponentChildren }) {
  let styled = children
  if (style.code) styled = <code>{styled}</code>
  if (style.bold) styled = <strong>{styled}</strong>
  if (style.italic) styled = <em>{styled}</em>
  if (style.underline) styled = <u>{styled}</u>
  if (style.strike) styled = <s>{styled}</s>
  if (style.highlight || style.client_highlight) styled = <mark>{styled}</mark>
  return <>{styled}</>
}

function Leaf({ leaf }: { leaf: Json }) {
  switch (leaf.type) {
    case 'link':
      return <LinkTo url={asString(leaf.url)}>{asString(leaf.text) || asString(leaf.url)}</LinkTo>
    case 'user':
      return <UserMention id={asString(leaf.user_id)} />
    case 'usergroup':
      return <GroupMention id={asString(leaf.usergroup_id)} />
    case 'channel':
      return <ChannelMention id={asString(leaf.channel_id)} label="" />
    case 'emoji':
      return <EmojiByName name={asString(leaf.name)} />
    case 'broadcast':
      return <span class="mention me">@{asString(leaf.range)}</span>
    case 'date':
      return (
        <Moment
          timestamp={Number(leaf.timestamp)}
          format={asString(leaf.format)}
          link={asString(leaf.url)}
          fallback={asString(leaf.fallback)}
        />
      )
    default:
      return <EmojiText text={errorText(leaf)} />
  }
}

/** The bare words of a leaf. */
function errorText(leaf: Json): string {
  const words = leaf.text ?? leaf.url ?? leaf.value ?? leaf.team_id ?? leaf.fallback
  return words === undefined
    ? asArray(leaf.elements)
        .map((e) => errorText(asObject(e)))
        .join('')
    : String(words)
}
