import { authMethods } from './auth.ts'
import { blockMethods } from './blocks-validate.ts'
import type { Handler } from './call.ts'
import { chatMethods } from './chat.ts'
import { conversationMethods } from './conversations.ts'
import { fileMethods } from './files.ts'
import { historyMethods } from './history.ts'
import { membershipMethods } from './membership.ts'
import { oauthMethods } from './oauth.ts'
import { reactionMethods } from './reactions.ts'
import { usergroupMethods } from './usergroups.ts'
import { userMethods } from './users.ts'
import { viewMethods } from './views.ts'

/** Every method the sandbox answers; any other is `unknown_method`. */
export const HANDLERS: Readonly<Record<string, Handler>> = {
  ...authMethods,
  ...blockMethods,
  ...chatMethods,
  ...conversationMethods,
  ...fileMethods,
  ...historyMethods,
  ...membershipMethods,
  ...oauthMethods,
  ...reactionMethods,
  ...usergroupMethods,
  ...userMethods,
  ...viewMethods,
}
