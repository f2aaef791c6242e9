/** When a channel takes deliveries, as it stands at a moment. Times are epoch milliseconds. */
export interface WindowView {
  channel: string
  isOpen: boolean
  /** A closed strict window blocks claims of its channel's tasks; another only steers what is scheduled. */
  strict: boolean
  /** The next opening; of an open one that after the present. */
  opensAt: number | null
  /** The present closing; null: it is closed. */
  closesAt: number | null
  /** Open, and for less than an hour more. */
  closingSoon: boolean
}
