import { once } from 'node:events'

type Stdout = NodeJS.WritableStream & { writableNeedDrain?: boolean; writableLength?: number }

/** A pager that waits for a key reads nothing: no more of a log is then taken into memory than it has room for. */
export async function roomIn(stdout: Stdout): Promise<void> {
  if (stdout.writableNeedDrain === true) await once(stdout, 'drain')
}

/** Settles when all is handed over; a program that ends before loses the rest. */
export async function written(stdout: Stdout): Promise<void> {
  if ((stdout.writableLength ?? 0) === 0) return
  await new Promise<void>((resolve) => {
    stdout.write('', () => resolve())
  })
}
