/** The application name of a session that joined a server which another process started. */
export const joinedSession = 'daypass joined'
