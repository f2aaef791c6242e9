/** What a look at this node's own memory (the SQLite file) found; reads only, and may be taken while a daemon writes it. */
export interface StateFacts {
  bytes: number
  /** What SQLite finds wrong with the file; null: nothing, or it is too large to be read for this. */
  damage: string | null
  ledger: {
    /** The latest entries that were read. */
    checked: number
    /** The first of them that does not follow from the one before, or does not say what was written. */
    brokenAt: number | null
  }
}
