import type { Size } from './state.ts'

/** What shows the state on a terminal, takes the keys from it and tells its size. */
export interface Presenter {
  /** Settles when the terminal is as it was before; rejects with what went wrong in showing. */
  readonly left: Promise<void>
  leave(): void
  /** Gives the terminal back while the action runs, then takes it again and shows everything anew. */
  suspend(action: () => Promise<void>): Promise<void>
}

export type TerminalStream = NodeJS.WritableStream & { columns?: number; rows?: number }

export function sizeOf({ columns, rows }: TerminalStream): Size {
  return { columns: columns ?? 80, rows: rows ?? 24 }
}
