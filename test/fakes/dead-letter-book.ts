import { deadLetterLimits, type DeadLetter, type DeadLetterId } from '../../src/domain/dead-letter.ts'
import type { DeadLetterBook } from '../../src/ports/dead-letters.ts'

/** The book in memory. */
export function fakeDeadLetterBook(): DeadLetterBook {
  const letters = new Map<DeadLetterId, DeadLetter>()
  let last = 0
  const find = (id: DeadLetterId) => letters.get(id)
  const put = (letter: DeadLetter) => {
    letters.delete(letter.id)
    letters.set(letter.id, letter)
  }
  const latestFirst = () =>
    [...letters.values()].toReversed().toSorted((one, other) => (other.diedAt ?? 0) - (one.diedAt ?? 0))

  return {
    keep(kept) {
      for (const letter of kept) {
        const before = find(letter.id)
        if (before !== undefined && before.version >= letter.version) continue
        put(
          before === undefined || letter.state === 'dead'
            ? letter
            : {
                ...letter,
                title: letter.title === '' ? before.title : letter.title,
                error: letter.error ?? before.error,
                diedAt: letter.diedAt ?? before.diedAt,
                attempts: before.attempts,
                replays: Math.max(letter.replays, before.replays),
                payload: letter.payload ?? before.payload,
              },
        )
      }
    },
    add(own) {
      const id = `${own.kind === 'run' ? 'r' : 'w'}${(last += 1)}` as DeadLetterId
      const letter: DeadLetter = {
        ...own,
        id,
        state: 'dead',
        taskId: null,
        status: null,
        version: 0,
        settledAt: null,
        settledBy: null,
      }
      put(letter)
      return letter
    },
    get: find,
    list({ kinds, states, jrName, search, since, limit }) {
      const text = search?.toLowerCase()
      return latestFirst()
        .filter(
          (letter) =>
            (kinds?.includes(letter.kind) ?? true) &&
            (states?.includes(letter.state) ?? true) &&
            (jrName === undefined || letter.jrName === jrName) &&
            (since === undefined || (letter.diedAt ?? 0) >= since) &&
            (text === undefined || `${letter.title}\n${letter.error ?? ''}`.toLowerCase().includes(text)),
        )
        .slice(0, limit)
    },
    countDead: () => [...letters.values()].filter(({ state }) => state === 'dead').length,
    settle(ids, state, at, by) {
      const found = ids.map(find).filter((letter) => letter !== undefined)
      const due = found.filter((letter) => letter.kind !== 'task' && letter.state === 'dead')
      for (const letter of due) put({ ...letter, state, settledAt: at, settledBy: by })
      return due.map(({ id }) => id)
    },
    prune(nowMs) {
      const kept = latestFirst()
        .filter((letter) => (letter.diedAt ?? 0) >= nowMs - deadLetterLimits.keptMs)
        .slice(0, deadLetterLimits.keptCount)
      const forgotten = letters.size - kept.length
      letters.clear()
      for (const letter of kept.toReversed()) letters.set(letter.id, letter)
      return forgotten
    },
    forgetTasks() {
      const tasks = latestFirst().filter(({ kind }) => kind === 'task')
      for (const { id } of tasks) letters.delete(id)
      return tasks.length
    },
  }
}
