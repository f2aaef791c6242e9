import type { CommandEntry } from './command.ts'

/** Every command, in the order of the help. A command's code is loaded when it is called. */
export const commands: readonly CommandEntry[] = [
  {
    name: 'status',
    summary: 'Show the daemon, the queue, positions and workers',
    load: () => import('./status.ts'),
  },
]
