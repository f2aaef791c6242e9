/** The name of better-sqlite3's native part in its parcel. */
export const addonFile = 'better-sqlite3.node'
