/** What a process calls its session that joined a server which another one started. */
export const joinedSession = 'daypass joined'
