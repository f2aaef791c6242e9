import type { AppState } from '../state.ts'

/** Instead of what has been asked for and has not come. */
export function asking({ link }: Pick<AppState, 'link'>): string {
  return link.kind === 'away' ? 'Not known: the daemon is away.' : 'Asking …'
}
