export const stopping =
  'It is under way. I am stopping it if the system still can. The card and my message say what became of it.'
export const isOver = 'It is over already. The card and my message say what became of it.'
