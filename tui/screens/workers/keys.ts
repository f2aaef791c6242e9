import type { Binding } from '../../keymap.ts'

/** Those of every list. What changes a worker is yet a command: `jrctl workers restart`. */
export const workersKeys: readonly Binding[] = []
