import { once } from 'node:events'

type Stdout = NodeJS.WritableStream & { writableNeedDrain?: boolean; writableLength?: number }

/** A pager that waits for a key reads nothing: no more of a log is then taken into memory than it has room for. */
export async function roomIn(stdout: Stdout): Promise<void> {
  if (stdout.writableNeedDrain === true) await once(stdout, 'drain')
}
