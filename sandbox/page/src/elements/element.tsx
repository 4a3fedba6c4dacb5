import { asString, type Json } from '../../../json.ts'
import { Image } from '../blocks/image.tsx'
import type { Naming } from './block-context.ts'
import { useSpot } from './block-context.ts'
import { ActionButton } from './button.tsx'
import { Choices } from './choices.tsx'
import { DateTimeInput } from './date-input.tsx'
import { FeedbackButtons } from './feedback.tsx'
import { MultiSelect, SuggestSelect } from './many-select.tsx'
import { OverflowMenu } from './overflow.tsx'
import { Select } from './select.tsx'
import { TextInput } from './text-input.tsx'

interface ElementProps {
  blockId: string
  element: Json
  naming: Naming
  /** Whether typing is sent to the app. In an input block only with `dispatch_action`. */
  dispatches?: boolean
}

/** Any interactive element, or an image among them. */
export function Element({ blockId, element, naming, dispatches = true }: ElementProps) {
  const spot = useSpot(blockId, element)
  const props = { spot, naming }
  switch (element.type) {
    case 'button':
    case 'workflow_button':
    case 'icon_button':
      return <ActionButton spot={spot} />
    case 'feedback_buttons':
      return <FeedbackButtons spot={spot} />
    case 'overflow':
      return <OverflowMenu spot={spot} />
    case 'static_select':
    case 'users_select':
    case 'channels_select':
    case 'conversations_select':
      return <Select {...props} />
    case 'external_select':
      return <SuggestSelect {...props} />
    case 'multi_static_select':
    case 'multi_users_select':
    case 'multi_channels_select':
    case 'multi_conversations_select':
    case 'multi_external_select':
      return <MultiSelect {...props} />
    case 'radio_buttons':
    case 'checkboxes':
      return <Choices {...props} />
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return <DateTimeInput {...props} />
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
    case 'rich_text_input':
      return <TextInput {...props} dispatches={dispatches} />
    case 'image':
      return <Image image={element} />
    case 'file_input':
      return <p class="unknown">Files cannot be given here: people upload nothing in this local Slack.</p>
    default:
      return (
        <p class="unknown">
          An element of type {asString(element.type) || 'none'}, which this page does not know
        </p>
      )
  }
}
