/**
 * Whoever started this process and wants to know how it fares: systemd, or nobody. Nothing here throws or waits; a manager
 * that does not listen costs its news and nothing else.
 */
export interface ServiceManager {
  /** As a person knows it, such as `systemd unit jr-orchestrator.service`; null: nobody manages this process. */
  readonly name: string | null
  tell(news: ServiceNews): void
  /**
   * Gives a sign of life twice within the time that the manager asks for, from this process's own event loop, for as long as
   * `complaint` answers null. What it complains of is for the caller to log. Does nothing where nobody asks for signs.
   */
  watch(complaint: () => string | null): Watch
}

export interface Watch {
  stop(): void
}

export interface ServiceNews {
  /** `ready`: after a start and after a reload. */
  state?: 'ready' | 'reloading' | 'stopping'
  /** One line for people, shown by `systemctl status`. */
  status?: string
  /** Another process takes the place of this one; until the service's next start nobody waits for signs of life. */
  mainPid?: number
  /** The start or stop under way may take so much longer, from now on; told again and again. */
  extendMs?: number
}
