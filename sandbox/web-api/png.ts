/** By its first bytes: https://www.w3.org/TR/png-3/#5PNG-file-signature */
export function isPng(content: Buffer | undefined): boolean {
  return content?.subarray(0, 8).toString('hex') === '89504e470d0a1a0a'
}
