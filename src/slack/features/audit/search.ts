import { DirectoryUnavailable } from '../../../domain/directory.ts'
import type { ReportParameter } from '../../../domain/report.ts'
import { searchAuditable } from '../../../usecases/audit/search-auditable.ts'
import type { GivenParameters } from '../../../usecases/reports/read-parameters.ts'
import { outdatedButton, unavailableSentence } from '../../kit/answers.ts'
import { textMessage } from '../../kit/blocks.ts'
import type { ActionListener, FormListener, SuggestListener } from '../../kit/listener.ts'
import { noticeView } from '../../kit/notice-view.ts'
import { maxOptions, messageOption, resourceOption, type Suggestions } from '../../kit/options.ts'
import type { FilledView, SuggestionPayload } from '../../kit/payload.ts'
import { oneLine, plain } from '../../kit/text.ts'
import type { FeatureParts } from '../feature.ts'
import { searchInputIds } from './ids.ts'
import { searchAnswer } from './report.ts'
import { searchForm } from './search-form.ts'

const fields = Object.keys(searchInputIds) as (keyof typeof searchInputIds)[]

/** Search with a form: opens the form. Policy judges its answer. */
export function openSearchAction({ opener }: Pick<FeatureParts, 'opener'>): ActionListener {
  return async ({ triggerId, responseUrl }, reply) => {
    await reply.acknowledge()
    if (responseUrl === null) return reply.ephemeral(textMessage(outdatedButton))
    await opener.open(triggerId, searchForm(responseUrl), reply)
  }
}

/** Answers where the form was opened. What is wrong is said beside its field. */
export function searchFormListener(parts: Pick<FeatureParts, 'ports' | 'directory'>): FormListener {
  return async ({ by, view }, reply) => {
    try {
      const answer = await searchAnswer(parts, by, givenIn(view))
      if (answer.kind === 'invalid')
        return reply.errors(
          Object.fromEntries(
            answer.problems.map(({ parameter, message }) => [
              blockOf(parameter),
              message.replaceAll('`', ''),
            ]),
          ),
        )
      await reply.close()
      await reply.answerAt(view.privateMetadata, answer.content)
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.show(noticeView('Not searched', `⚠️ ${unavailableSentence(error)}`))
    }
  }
}

/** Suggests systems that this person may audit. */
export function searchedResources({ ports }: Pick<FeatureParts, 'ports'>): SuggestListener {
  return suggesting(async ({ by, typed }) => {
    const { resources } = await searchAuditable(ports, {
      asker: by,
      typed,
      resourceId: null,
      most: maxOptions,
    })
    return resources.length === 0 ? nothing : { options: resources.map(resourceOption) }
  })
}

/** Suggests the entitlements of the chosen system, or of all that this person may audit. */
export function searchedEntitlements({ ports }: Pick<FeatureParts, 'ports'>): SuggestListener {
  return suggesting(async ({ by, typed, view }) => {
    const resourceId = view?.inputs.get(searchInputIds.resource)?.value ?? null
    const { entitlements } = await searchAuditable(ports, { asker: by, typed, resourceId, most: maxOptions })
    if (entitlements.length === 0) return nothing
    return {
      options: entitlements.map(({ id, name, at }) => ({
        text: plain(oneLine(name), 75),
        value: id,
        description: plain(oneLine(`${id} · ${at}`), 75),
      })),
    }
  })
}

const nothing = messageOption('Nothing that you may audit matches')

function suggesting(answer: (asked: SuggestionPayload) => Promise<Suggestions>): SuggestListener {
  return async (asked, reply) => {
    try {
      await reply.suggest(await answer(asked))
    } catch (error) {
      if (!(error instanceof DirectoryUnavailable)) throw error
      await reply.suggest(messageOption('Slack did not tell me who you are; type again to retry'))
    }
  }
}

function givenIn(view: FilledView): GivenParameters {
  const given = fields.flatMap((field) => {
    const value = view.inputs.get(searchInputIds[field])?.value?.trim() ?? ''
    return value === '' ? [] : [[field, value] as const]
  })
  return Object.fromEntries(given)
}

/** An input has the name of its parameter. */
function blockOf(parameter: ReportParameter | null): string {
  return fields.find((field) => field === parameter) ?? 'from'
}
