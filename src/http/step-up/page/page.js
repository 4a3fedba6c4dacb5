// The step-up page. It reads the link after `#`, shows what is to be confirmed, and asks the browser for a passkey. All text is set as
// text, and never as HTML.

/** @typedef {{ label: string, text: string }} Line */
/**
 * @typedef {object} Page What `POST /step-up/open` answers.
 * @property {string} title
 * @property {string} who
 * @property {Line[]} lines
 * @property {string} [text]
 * @property {string} [more]
 * @property {any} [assertion]
 * @property {any} [registration]
 * @property {boolean} [offersSignIn]
 * @property {boolean} [needsCode]
 */
/** @typedef {{ isDone: boolean, title: string, text: string, secret?: string, field?: string, url?: string }} Told */

const [token = '', givenCode = ''] = location.hash.slice(1).split('.')
// The address bar and the history of the browser keep no code.
if (givenCode) history.replaceState(null, '', `${location.pathname}#${token}`)

/** @param {string} id */
function element(id) {
  const found = document.getElementById(id)
  if (!found) throw new Error(`the page has no ${id}`)
  return found
}

/** @param {string} id */
function input(id) {
  return /** @type {HTMLInputElement} */ (element(id))
}

/**
 * @param {string} id
 * @param {string} text
 */
function say(id, text) {
  element(id).textContent = text
}

/**
 * @param {string} path
 * @param {object} content
 */
async function post(path, content) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token, ...content }),
  })
  if (!answer.ok) throw new Error(`HTTP ${answer.status}`)
  return answer.json()
}

/** @param {Told} told */
function finish(told) {
  element('form').hidden = true
  say('who', '')
  say('more', '')
  element('terms').replaceChildren()
  document.title = `${told.title} · Daypass`
  say('title', told.title)
  say('message', told.text)
  if (told.secret) {
    say('secret', told.secret)
    element('secret').hidden = false
  }
  element('title').focus()
}

/** @param {string} text */
function problem(text) {
  say('problem', text)
  for (const button of document.querySelectorAll('button')) button.disabled = false
}

function busy() {
  say('problem', '')
  for (const button of document.querySelectorAll('button')) button.disabled = true
}

/** @param {Page} page */
function show(page) {
  document.title = `${page.title} · Daypass`
  say('title', page.title)
  say('who', page.who)
  element('terms').replaceChildren(
    ...page.lines.map(({ label, text }) => {
      const row = document.createElement('div')
      const name = document.createElement('dt')
      const value = document.createElement('dd')
      name.textContent = label
      value.textContent = text
      row.append(name, value)
      return row
    }),
  )
  say('message', page.text ?? '')
  say('more', page.more ?? '')
  const canUse = typeof PublicKeyCredential === 'function'
  const takesPasskey = Boolean(page.registration || page.assertion)
  if (takesPasskey && !canUse) say('message', 'This browser knows no passkeys. Use another one.')
  element('name-field').hidden = !page.registration
  element('code-field').hidden = !page.needsCode || givenCode !== ''
  element('passkey').hidden = !takesPasskey || !canUse
  if (page.registration) say('passkey', 'Add the passkey')
  element('sign-in').hidden = !page.offersSignIn || givenCode !== ''
  element('form').hidden = false
}

/** @param {any} options */
async function assertionOf(options) {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const credential = await navigator.credentials.get({ publicKey })
  return /** @type {PublicKeyCredential} */ (credential).toJSON()
}

/** @param {any} options */
async function registrationOf(options) {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const credential = await navigator.credentials.create({ publicKey })
  return /** @type {PublicKeyCredential} */ (credential).toJSON()
}

/** @param {Page} page */
async function confirm(page) {
  if (!page.registration) return post('/step-up/prove', { answer: await assertionOf(page.assertion) })
  const code = page.needsCode ? givenCode || input('code').value : null
  const name = input('name').value
  if (name.trim() === '') return { field: 'name', text: 'Give the passkey a name, such as “Laptop”.' }
  if (code !== null && code.trim() === '') return { field: 'code', text: 'Type the one-time code.' }
  const assertion = page.needsCode ? null : await assertionOf(page.assertion)
  const registration = await registrationOf(page.registration)
  return post('/step-up/passkey', { name, code, assertion, registration })
}

/** @param {unknown} error */
function explain(error) {
  const name = error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError')
    return 'The passkey was not used. Try again, or look in Slack for other ways.'
  if (name === 'InvalidStateError') return 'This device has a passkey of yours already.'
  if (name === 'SecurityError') return 'The browser allows no passkeys at this address.'
  return 'Daypass did not answer. Try again.'
}

async function start() {
  if (token === '') {
    finish({
      isDone: false,
      title: 'Not done',
      text: 'This address holds no link. Press the button in Slack.',
    })
    return
  }
  /** @type {Page | Told} */
  const page = await post('/step-up/open', {})
  if ('isDone' in page) {
    finish(page)
    return
  }
  show(page)
  element('form').addEventListener('submit', async (event) => {
    event.preventDefault()
    busy()
    try {
      /** @type {Told} */
      const told = await confirm(page)
      if (!told.field) return finish(told)
      problem(told.text)
      element(told.field).focus()
    } catch (error) {
      problem(explain(error))
    }
  })
  element('sign-in').addEventListener('click', async () => {
    busy()
    try {
      /** @type {Told} */
      const told = await post('/step-up/sign-in', {})
      if (told.url) location.assign(told.url)
      else finish(told)
    } catch (error) {
      problem(explain(error))
    }
  })
}

start().catch((error) => say('message', explain(error)))
