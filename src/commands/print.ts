/** One line on standard output: what a command answers. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
