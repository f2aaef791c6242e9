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
 * at once when the queue is idle, and in ever larger batches the busier it gets. Nothing is held back for company. A task
 * whose row somebody's transaction holds is waited for apart from the others, one at a time.
 * @param batchMax tasks a statement; 1 writes each by itself, side by side
 */
export function createCompleter(
  db: Database,
  batchMax: number,
): (lease: Lease, result: Json) => Promise<WriteVerdict> {
  let waiting: Waiting[] = []
  let writing = false
  const held: Waiting[] = []
  let waitingForHeld = false

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const count = fitting(waiting, batchMax)
      const batch = waiting.slice(0, count)
      waiting = waiting.slice(count)
      held.push(...(await write(db, batch, 'pass')))
      if (held.length > 0 && !waitingForHeld) void writeHeld()
    }
    writing = false
  }

  async function writeHeld(): Promise<void> {
    waitingForHeld = true
    for (let one = held.shift(); one !== undefined; one = held.shift()) await write(db, [one], 'wait')
    waitingForHeld = false
  }

  return (lease, result) =>
    new Promise((resolve, reject) => {
      const completion = { lease, result: jsonForDatabase(result), resolve, reject }
      if (batchMax === 1) {
        void write(db, [completion], 'wait')
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

/** Every completion hears its own verdict, but those that are answered: their rows are held. Never rejects. */
async function write(
  db: Database,
  batch: readonly Waiting[],
  whereHeld: 'pass' | 'wait',
): Promise<Waiting[]> {
  try {
    const verdicts = await complete(db, batch, whereHeld)
    return batch.filter((one, index) => {
      const verdict = verdicts[index] ?? 'held'
      if (verdict !== 'held') one.resolve(verdict)
      else if (whereHeld === 'wait') one.resolve({ accepted: false, reason: 'unknown' })
      else return true
      return false
    })
  } catch (error) {
    if (batch.length === 1 || isAboutAll(error)) {
      for (const { reject } of batch) reject(error)
      return []
    }
    // One of them is at fault, and only the database knows which.
    const held: Waiting[] = []
    for (const one of batch) held.push(...(await write(db, [one], whereHeld)))
    return held
  }
}

function isAboutAll(error: unknown): boolean {
  return error instanceof OperationalError && error.retryable
}
