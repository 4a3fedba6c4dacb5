// Checks this folder with nothing but Node. Run it in the folder: node check.mjs
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createReadStream, readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'

const sha256 = (...parts) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const leafHash = (text) => sha256(Buffer.from([0]), text)
const joined = (left, right) => sha256(Buffer.from([1]), left, right)
const read = (name) => readFileSync(name, 'utf8')
let faults = 0
const say = (isGood, text) => {
  if (!isGood) faults += 1
  process.stdout.write(`${isGood ? 'ok  ' : 'BAD '} ${text}\n`)
}

// 1. The checkpoint is signed by the key.
const note = read('checkpoint.txt')
const body = note.slice(0, note.indexOf('\n\n') + 1)
const [, sizeText, root] = body.split('\n')
const size = Number(sizeText)
const signatures = note
  .slice(body.length + 1)
  .trim()
  .split('\n')
const key = createPublicKey(read('key.pem'))
const isSigned = signatures.some((line) => {
  const signature = Buffer.from(line.split(' ')[2] ?? '', 'base64').subarray(4)
  return verify(null, Buffer.from(body), key, signature)
})
say(isSigned, `the checkpoint of ${size} events is signed by key.pem`)

// 2. The log is complete: all its events together give the signed root (RFC 6962, 2.1).
const period = JSON.parse(read('period.json'))
const actions = { granted: ['grant.activated'], removed: ['grant.ended', 'grant.revoked'] }
const happened = { granted: new Set(), removed: new Set() }
const edge = []
let count = 0
for await (const line of createInterface({ input: createReadStream('log.jsonl') })) {
  edge.push({ of: 1, hash: leafHash(line) })
  while (edge.length > 1 && edge.at(-1).of === edge.at(-2).of) {
    const [left, right] = edge.splice(-2)
    edge.push({ of: left.of * 2, hash: joined(left.hash, right.hash) })
  }
  const { action, at, request } = JSON.parse(line)
  for (const list of ['granted', 'removed'])
    if (actions[list].includes(action) && at >= period.from && at < period.to)
      happened[list].add(request.reference)
  count += 1
}
const computed = edge.map(({ hash }) => hash).reduceRight((right, left) => joined(left, right))
say(
  count === size && computed.toString('base64') === root,
  `log.jsonl has ${count} events, and their root is the signed one`,
)

// 3. The population is what the log says: every request with such an event, and no other.
const rows = [...read('population.csv').matchAll(/^(AR-\d+),.*?,(\d*),(\d*)$/gm)]
for (const [list, column] of [
  ['granted', 2],
  ['removed', 3],
]) {
  const listed = new Set(rows.filter((row) => row[column] !== '').map((row) => row[1]))
  const isSame = listed.size === happened[list].size && [...listed].every((one) => happened[list].has(one))
  say(
    isSame,
    `population.csv lists the ${happened[list].size} requests whose access was ${list} in the period`,
  )
}

// 4. The sample is the one of this seed.
const drawn = ['granted', 'removed'].flatMap((list) =>
  [...happened[list]]
    .map((reference) => ({
      list,
      reference,
      rank: sha256(`${list}:${period.seed}:${reference}`).toString('hex'),
    }))
    .sort((a, b) => (a.rank < b.rank ? -1 : 1))
    .slice(0, period.sample),
)
const sampled = [...read('sample.csv').matchAll(/^(granted|removed),(AR-\d+),/gm)].map(
  ([, list, one]) => `${list} ${one}`,
)
say(
  drawn.map(({ list, reference }) => `${list} ${reference}`).join() === sampled.join(),
  `sample.csv is the sample of seed ${period.seed}`,
)

// 5. Each sampled request is proven by itself (RFC 9162, 2.1.3.2).
let events = 0
for (const name of readdirSync('sample')) {
  const { reference, events: proven, texts = [] } = JSON.parse(read(`sample/${name}`))
  const said = new Set()
  for (const { position, leaf, proof } of proven) {
    let [at, last, hash] = [position, size - 1, leafHash(leaf)]
    for (const encoded of proof) {
      const other = Buffer.from(encoded, 'base64')
      if (at % 2 === 1 || at === last) {
        hash = joined(other, hash)
        while (at % 2 === 0 && at !== 0) [at, last] = [at / 2, Math.floor(last / 2)]
      } else hash = joined(hash, other)
      ;[at, last] = [Math.floor(at / 2), Math.floor(last / 2)]
    }
    const event = JSON.parse(leaf)
    for (const commitment of Object.values(event.said ?? {})) said.add(commitment)
    const holds = last === 0 && hash.toString('base64') === root && event.request?.reference === reference
    if (!holds) say(false, `${reference}, position ${position}: the proof does not lead to the signed root`)
    events += 1
  }
  for (const { commitment, field, opened } of texts) {
    const isThis =
      opened === null || sha256(Buffer.from(opened.salt, 'hex'), opened.text).toString('hex') === commitment
    if (!isThis || !said.has(commitment))
      say(false, `${reference}: the text of ${field} is not the one in the log`)
  }
}
say(faults === 0, `${events} events of the sampled requests have proofs that lead to the signed root`)
process.exitCode = faults === 0 ? 0 : 1
