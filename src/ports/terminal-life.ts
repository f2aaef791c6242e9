/** What the shell and the system do to a program that holds its terminal with a screen of its own. */
export interface TerminalLife {
  /**
   * Stops the whole job as ctrl+z does, so that the shell has the terminal; settles when it is continued (`fg`), or soon where
   * there is no shell to stop for.
   */
  stop(): Promise<void>
  /** Tells what happens until the returned function is called. */
  watch(watcher: TerminalWatcher): () => void
}

export interface TerminalWatcher {
  /** Somebody asks it to stop (SIGTSTP); it is to give the terminal back and call `stop`. */
  stopAsked(): void
  /** It was stopped without being asked (SIGSTOP) and goes on: the terminal may be in another mode, and show something else. */
  continued(): void
  /** Nobody caught this error. The program is to end, and says so once the terminal is given back. */
  crashed(error: unknown): void
}
