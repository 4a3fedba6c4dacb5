export const contractorsCommandName = '/contractors'

/** Buttons and menus. */
export const peopleActionIds = {
  /** On a notice of an end. The value is the id of the engagement. */
  extend: 'daypass.people.extend',
  letEnd: 'daypass.people.let_end',
  /** The menu beside a contractor in the list. The value is a change and the id of the engagement. */
  menu: 'daypass.people.menu',
  add: 'daypass.people.add',
  takeOver: 'daypass.people.take_over',
  link: 'daypass.people.link',
  /** Pages and scopes of the list. */
  previous: 'daypass.people.previous',
  next: 'daypass.people.next',
  scope: 'daypass.people.scope',
} as const

export const peopleViewIds = {
  add: 'daypass.people.add',
  extend: 'daypass.people.extend',
  end: 'daypass.people.end',
  handOver: 'daypass.people.hand_over',
  takeOver: 'daypass.people.take_over',
  login: 'daypass.people.login',
  link: 'daypass.people.link',
} as const

/** Inputs of forms. Their blocks have the names of the fields. */
export const peopleInputIds = {
  person: 'daypass.people.form.person',
  company: 'daypass.people.form.company',
  sponsor: 'daypass.people.form.sponsor',
  ends: 'daypass.people.form.ends',
  tags: 'daypass.people.form.tags',
  system: 'daypass.people.form.system',
  login: 'daypass.people.form.login',
  other: 'daypass.people.form.other',
} as const
