/**
 * The longest justification or reason that is stored, in UTF-16 code units. A text object of Slack holds 3,000:
 * https://docs.slack.dev/reference/block-kit/composition-objects/text-object
 */
export const longestFreeText = 2_000

/** A zero-width joiner between two emoji makes one picture. Everywhere else it only hides text. */
const joinerInEmoji =
  /(?<=\p{Extended_Pictographic}[\u{FE0F}\u{1F3FB}-\u{1F3FF}]?)\u{200D}(?=\p{Extended_Pictographic})/gu
const keptJoiner = '\u{E000}'

/** Control characters except line feed; bidirectional, zero-width and tag characters. */
const hidden =
  /(?!\n)[\p{Cc}\u{AD}\u{61C}\u{180E}\u{200B}-\u{200F}\u{202A}-\u{202E}\u{2060}-\u{2064}\u{2066}-\u{206F}\u{FEFF}\u{E0000}-\u{E007F}]/gu

/**
 * Typed text without the characters that hide, reorder or break text: control, bidirectional and zero-width characters,
 * NUL, halves of surrogate pairs. Line breaks, emoji and right-to-left letters stay.
 */
export function cleanFreeText(typed: string): string {
  return typed
    .toWellFormed()
    .replaceAll(keptJoiner, '')
    .replace(/\r\n?|[\u{2028}\u{2029}]/gu, '\n')
    .replaceAll('\t', ' ')
    .replace(joinerInEmoji, keptJoiner)
    .replace(hidden, '')
    .replaceAll(keptJoiner, '\u{200D}')
    .trim()
}
