import { asObjects, asString, isObject, type Json } from '../../../json.ts'
import { LinkTo } from '../text/link.tsx'
import { RichText } from '../text/rich-text.tsx'
import { TextObject } from '../text/text-object.tsx'

export function PlanBlock({ block }: { block: Json }) {
  return (
    <div class="plan">
      <p class="card-title">
        <TextObject text={block.title} />
      </p>
      <ol>
        {asObjects(block.tasks).map((task, i) => (
          <li key={asString(task.task_id) || `${i}`}>
            <TaskCardBlock block={task} />
          </li>
        ))}
      </ol>
    </div>
  )
}

export function TaskCardBlock({ block }: { block: Json }) {
  const status = asString(block.status) || 'pending'
  return (
    <div class="task">
      <span class={`status ${status}`}>{status.replaceAll('_', ' ')}</span> <TextObject text={block.title} />
      {[block.details, block.output].map((rich, i) =>
        isObject(rich) ? <RichText key={`${i}`} elements={asObjects(rich.elements)} /> : null,
      )}
      {asObjects(block.sources).map(({ url, text }) => (
        <LinkTo key={asString(url)} url={asString(url)}>
          {asString(text)}
        </LinkTo>
      ))}
    </div>
  )
}
