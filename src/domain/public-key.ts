/** Types of SSH keys that a certificate can be made for. */
const types = [
  'ssh-ed25519',
  'sk-ssh-ed25519@openssh.com',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'ssh-rsa',
]
/** In bytes: an RSA key of 2048 bits. */
const shortestRsa = 256

export type TypedPublicKey =
  | { readonly ok: true; readonly publicKey: string }
  /** A sentence for the person who typed it. It repeats nothing of it. */
  | { readonly ok: false; readonly problem: string }

/** A pasted SSH public key as `type data`, without its comment. */
export function parsePublicKey(typed: string): TypedPublicKey {
  if (/PRIVATE KEY/.test(typed)) {
    return refused(
      'This is a private key. Paste the file that ends in .pub, and make a new pair: this one was shown.',
    )
  }
  const [type = '', data = '', ...comment] = typed.trim().split(/[ \t]+/)
  if (/[\r\n]/.test(typed.trim())) return refused('Paste one public key, as one line.')
  const bytes = Buffer.from(data, 'base64')
  const saysType =
    bytes.length > 4 && bytes.subarray(4, 4 + bytes.readUInt32BE(0)).toString('latin1') === type
  if (
    !types.includes(type) ||
    !saysType ||
    bytes.toString('base64') !== data ||
    comment.join(' ').length > 200
  ) {
    return refused('This is no SSH public key. Paste a line such as: ssh-ed25519 AAAA… casey@laptop')
  }
  if (type === 'ssh-rsa' && bytes.length < shortestRsa) {
    return refused('This RSA key is shorter than 2048 bits. Make a better one: ssh-keygen -t ed25519')
  }
  return { ok: true, publicKey: `${type} ${data}` }
}

function refused(problem: string): TypedPublicKey {
  return { ok: false, problem }
}
