import { styleText } from 'node:util'

/** Prints one line of the story. */
export function say(line: string): void {
  console.log(line)
}

export function title(line: string): void {
  console.log(`\n${styleText('bold', line)}\n`)
}

/** A step of the story, numbered. */
export function scene(line: string): void {
  console.log(`\n${styleText(['bold', 'cyan'], line)}`)
}

/** What somebody does, or types. */
export function does(who: string, what: string): void {
  console.log(`  ${styleText('bold', who)} ${what}`)
}

/** What somebody sees in Slack, set off like a quotation. */
export function sees(who: string, where: string, text: string): void {
  console.log(`  ${styleText('dim', `${who} sees, ${where}:`)}`)
  for (const line of text.trim().split('\n')) console.log(`  ${styleText('dim', '│')} ${line}`)
}

/** What is proven outside Slack. */
export function proves(line: string): void {
  console.log(`  ${styleText('green', '✔')} ${line}`)
}
