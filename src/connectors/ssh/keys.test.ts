import { expect, it } from 'vitest'
import { makeKeyPair } from './keys.ts'

it('every key pair is whole, also one whose public key begins with a zero', async () => {
  const lengths = new Set<number>()
  for (let pair = 0; pair < 1500; pair += 1) lengths.add((await makeKeyPair('casey')).publicKey.length)
  // Two length-prefixed strings: `ssh-ed25519`, and 32 bytes.
  expect([...lengths]).toEqual([51])
})
