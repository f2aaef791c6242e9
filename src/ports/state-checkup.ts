/** What a look at this node's own memory (the SQLite file) found; reads only, and may be taken while a daemon writes it. */
export interface StateFacts {
  bytes: number
  /** What stands in the file's place, through which no daemon writes; null: it is a file. */
  misplaced: string | null
  /** What SQLite finds wrong with the file; null: nothing, or it is too large to be read for this. */
  damage: string | null
  /** Its schema, where a later jrctl wrote it, and the latest that this one knows; null: this one can work with it. */
  newer: { found: number; known: number } | null
  /** Null: it cannot be read. */
  ledger: {
    /** The latest entries that were read. */
    checked: number
    /** The first of them that does not follow from the one before, or does not say what was written. */
    brokenAt: number | null
  } | null
}
