import type { Json, Lease } from '../../domain/task.ts'
import type { WriteVerdict } from '../../ports/task-queue.ts'
import { OperationalError } from '../../errors.ts'
import type { Database } from './connect.ts'
import { jsonForDatabase } from './outgoing-values.ts'
import { complete, type Completion } from './sql/complete.ts'

interface Waiting extends Completion {
  resolve: (verdict: WriteVerdict) => void
  reject: (error: unknown) => void
}

/** So much text of results goes into one statement; a single larger one goes alone. */
const batchCharacters = 4 * 1024 * 1024

/**
 * Completions that come while one is being written go together into the next statement: each is acknowledged by itself,
 * at once when the queue is idle, and in ever larger batches the busier it gets. Nothing is held back for company.
 * @param batchMax tasks a statement; 1 writes each by itself, side by side
 */
export function createCompleter(
  db: Database,
  batchMax: number,
): (lease: Lease, result: Json) => Promise<WriteVerdict> {
  let waiting: Waiting[] = []
  let writing = false

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const count = fitting(waiting, batchMax)
      const batch = waiting.slice(0, count)
      waiting = waiting.slice(count)
      await write(db, batch)
    }
    writing = false
  }

  return (lease, result) =>
    new Promise((resolve, reject) => {
      const completion = { lease, result: jsonForDatabase(result), resolve, reject }
      if (batchMax === 1) {
        void write(db, [completion])
        return
      }
      waiting.push(completion)
      if (writing) return
      writing = true
      // After this turn of the event loop: what came in one chunk is written as one.
      setImmediate(() => void writeAll())
    })
}

function fitting(waiting: readonly Waiting[], batchMax: number): number {
  let characters = 0
  const over = waiting.findIndex(({ result }, index) => {
    characters += result.length
    return index === batchMax || (index > 0 && characters > batchCharacters)
  })
  return over < 0 ? waiting.length : over
}

/** Never rejects: every completion hears its own verdict. */
async function write(db: Database, batch: readonly Waiting[]): Promise<void> {
  try {
    const verdicts = await complete(db, batch)
    for (const [index, { resolve }] of batch.entries()) {
      resolve(verdicts[index] ?? { accepted: false, reason: 'unknown' })
    }
  } catch (error) {
    if (batch.length === 1 || isAboutAll(error)) for (const { reject } of batch) reject(error)
    // One of them is at fault, and only the database knows which.
    else for (const one of batch) await write(db, [one])
  }
}

function isAboutAll(error: unknown): boolean {
  return error instanceof OperationalError && error.retryable
}
