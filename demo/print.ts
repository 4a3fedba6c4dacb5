import { styleText } from 'node:util'

/** Prints one line as it is. */
export function printLine(line: string): void {
  console.log(line)
}

/** Prints a heading. */
export function printTitle(line: string): void {
  console.log(`\n${styleText('bold', line)}\n`)
}

/** Prints the heading of a step. */
export function printStep(line: string): void {
  console.log(`\n${styleText(['bold', 'cyan'], line)}`)
}

/** Prints what a person does or types. */
export function printAction(who: string, what: string): void {
  console.log(`  ${styleText('bold', who)} ${what}`)
}

/** Prints what a person sees in Slack, each line with a bar before it. */
export function printSeen(who: string, where: string, text: string): void {
  console.log(`  ${styleText('dim', `${who} sees, ${where}:`)}`)
  for (const line of text.trim().split('\n')) console.log(`  ${styleText('dim', '│')} ${line}`)
}

/** Prints something that was checked outside Slack. */
export function printProof(line: string): void {
  console.log(`  ${styleText('green', '✔')} ${line}`)
}
