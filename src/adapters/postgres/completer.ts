import type { Json, Lease } from '../../domain/task.ts'
import type { WriteVerdict } from '../../ports/task-queue.ts'
import { OperationalError } from '../../errors.ts'
import type { Database, Queryable } from './connect.ts'
import { jsonForDatabase } from './outgoing-values.ts'
import { complete, type Completion } from './sql/complete.ts'

interface Waiting extends Completion {
  resolve: (verdict: WriteVerdict) => void
  reject: (error: unknown) => void
}

/** So much text of results goes into one statement; a single larger one goes alone. */
const batchCharacters = 4 * 1024 * 1024

/** Statements that are on their way at the same time when each completion has one of its own, by connection and in all. */
const lineMax = 16
const linesMax = 3

/**
 * Completions that come while one is being written go together into the next statement: each is acknowledged by itself,
 * at once when the queue is idle, and in ever larger batches the busier it gets. Nothing is held back for company. A task
 * whose row somebody's transaction holds is waited for apart from the others, one at a time.
 * @param batchMax tasks a statement; 1 gives each a statement and a commit of its own, sent one after another without waiting
 */
export function createCompleter(
  db: Database,
  batchMax: number,
): (lease: Lease, result: Json) => Promise<WriteVerdict> {
  const waiting: Waiting[] = []
  const held: Waiting[] = []
  let writers = 0
  let isStarting = false
  let waitingForHeld = false
  const isOneByOne = batchMax === 1
  const writersMax = isOneByOne ? linesMax : 1

  async function writeNext(): Promise<Waiting[]> {
    if (isOneByOne) return writeEach(db, waiting.splice(0, lineMax))
    return write(db, waiting.splice(0, fitting(waiting, batchMax)), 'pass')
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      held.push(...(await writeNext()))
      if (held.length > 0 && !waitingForHeld) void writeHeld()
    }
    writers -= 1
  }

  async function writeHeld(): Promise<void> {
    waitingForHeld = true
    for (let one = held.shift(); one !== undefined; one = held.shift()) await write(db, [one], 'wait')
    waitingForHeld = false
  }

  const start = (): void => {
    isStarting = false
    const wanted = isOneByOne ? Math.ceil(waiting.length / lineMax) : 1
    for (let more = Math.min(wanted, writersMax - writers); more > 0; more -= 1) {
      writers += 1
      void writeAll()
    }
  }

  return (lease, result) =>
    new Promise((resolve, reject) => {
      waiting.push({ lease, result: jsonForDatabase(result), resolve, reject })
      if (isStarting || writers === writersMax) return
      isStarting = true
      // After this turn of the event loop: what came in one chunk is written as one.
      setImmediate(start)
    })
}

/** A statement each, all at once on one connection. Answers those whose rows are held. Never rejects. */
async function writeEach(db: Database, line: readonly Waiting[]): Promise<Waiting[]> {
  try {
    return (await db.pipelined((each) => Promise.all(line.map((one) => write(each, [one], 'pass'))))).flat()
  } catch (error) {
    // No connection was to be had.
    for (const { reject } of line) reject(error)
    return []
  }
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
  db: Queryable,
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
