import type { ComponentType } from 'preact'
import { asObject, asObjects, asString, isObject, type Json } from '../../../json.ts'
import { Markdown } from '../text/markdown-view.tsx'
import { RichText } from '../text/rich-text.tsx'
import { TextObject } from '../text/text-object.tsx'
import { ActionsBlock, ContextActionsBlock } from './actions.tsx'
import { AlertBlock, CardBlock, CarouselBlock } from './cards.tsx'
import { ChartBlock } from './chart.tsx'
import { ContextBlock } from './context.tsx'
import { InputBlock } from './input.tsx'
import { SectionBlock } from './section.tsx'
import { FileBlock, HeaderBlock, ImageBlock } from './small.tsx'
import { DataTableBlock, TableBlock } from './table.tsx'
import { PlanBlock, TaskCardBlock } from './tasks.tsx'
import { VideoBlock } from './video.tsx'

/** Every block of the schema, and those it does not know yet. */
const BLOCKS: Readonly<Record<string, ComponentType<{ block: Json }>>> = {
  actions: ActionsBlock,
  alert: AlertBlock,
  card: CardBlock,
  carousel: CarouselBlock,
  container: ContainerBlock,
  context: ContextBlock,
  context_actions: ContextActionsBlock,
  data_table: DataTableBlock,
  data_visualization: ChartBlock,
  divider: () => <hr class="divider" />,
  file: FileBlock,
  header: HeaderBlock,
  image: ImageBlock,
  input: InputBlock,
  markdown: ({ block }) => <Markdown text={asString(block.text)} />,
  plan: PlanBlock,
  rich_text: ({ block }) => (
    <div class="rich-text">
      <RichText elements={asObjects(block.elements)} />
    </div>
  ),
  section: SectionBlock,
  table: TableBlock,
  task_card: TaskCardBlock,
  video: VideoBlock,
}

export function Blocks({ blocks }: { blocks: readonly Json[] }) {
  return (
    <>
      {blocks.map((block, i) => (
        <Block key={asString(block.block_id) || `${i}`} block={block} />
      ))}
    </>
  )
}

function Block({ block }: { block: Json }) {
  const type = asString(block.type)
  const Known = Object.hasOwn(BLOCKS, type) ? BLOCKS[type] : undefined
  return (
    <div class={`block block-${type}`}>{Known ? <Known block={block} /> : <Unknown block={block} />}</div>
  )
}

function ContainerBlock({ block }: { block: Json }) {
  const children = <Blocks blocks={asObjects(block.child_blocks)} />
  const title = isObject(block.rich_text_title) ? (
    <RichText elements={asObjects(block.rich_text_title.elements)} />
  ) : (
    <TextObject text={block.title ?? ''} />
  )
  const head = (
    <>
      <strong>{title}</strong> {block.subtitle !== undefined && <TextObject text={block.subtitle} />}
    </>
  )
  if (block.is_collapsible !== true) {
    return (
      <div class="container">
        <div>{head}</div>
        {children}
      </div>
    )
  }
  return (
    <details class="container" open={block.default_collapsed !== true}>
      <summary>{head}</summary>
      {children}
    </details>
  )
}

/** Says so where a block cannot be drawn. */
function Unknown({ block }: { block: Json }) {
  const words = asString(asObject(block.text).text)
  return (
    <details class="unknown">
      <summary>
        A block of type “{asString(block.type) || 'none'}”, which this page does not know. {words}
      </summary>
      <pre>{JSON.stringify(block, null, 2)}</pre>
    </details>
  )
}
