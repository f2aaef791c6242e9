import { describe, expect, it } from 'vitest'
import type { ApiClient } from '../../src/client/client.ts'
import { type DeathVerdict, deadLetterOfTask, parseDeadLetterId } from '../../src/domain/dead-letter.ts'
import { jrName, taskId } from '../../src/domain/ids.ts'
import type { TaskStatus } from '../../src/domain/task.ts'
import { askCancel } from '../../tui/changes/cancel.ts'
import type { Change } from '../../tui/changes/change.ts'
import { perform } from '../../tui/changes/perform.ts'
import { askPurge } from '../../tui/changes/purge.ts'
import { askReplay, askReplayAll } from '../../tui/changes/replay.ts'
import { askRetry } from '../../tui/changes/retry.ts'
import type { Step } from '../../tui/state.ts'
import { letters, now, play, stateOf, task } from './fixture.ts'
import { deadOwn, deadTask } from './letters-fixture.ts'

/** What a change comes to, by what the daemon answers; and what it was asked. */
async function done(change: Change, answer: object) {
  const calls: [string, object][] = []
  const call = (async (name: string, input: object) => {
    calls.push([name, input])
    return answer
  }) as unknown as ApiClient['call']
  const { sentence, undo } = await perform({ call }, change, new AbortController().signal)
  return { calls, sentence, undo }
}

/** What is asked, or why not. */
const said = ({ state }: Step) => state.question?.preview ?? state.message?.text
const id = taskId(42)
const inHalfAnHour = now.wallMs + 1_800_000

describe('a task that waited for its time', () => {
  it('is ready at once when its cancelling is taken back, and both sentences say so', async () => {
    const asked = askCancel(stateOf(), { id, status: 'scheduled', assignedJr: null }).state
    const { sentence, undo } = await done(asked.question?.change ?? { kind: 'cancel', id }, {
      changed: true,
      task: { id, status: 'cancelled' },
    })
    expect(sentence).toMatch('z has it done again, at once.')
    expect(undo?.preview).toMatch('The time that it waited for is gone')
  })
})

describe('x', () => {
  const candidate = (status: TaskStatus) => ({ id, status, assignedJr: jrName('Research Jr.') })

  it('says what becomes of the task, and what becomes of its attempt', () => {
    expect(said(askCancel(stateOf(), candidate('in_progress')))).toBe(
      'Cancel task 42 at position 2? Research Jr. is told at once and made to end within its grace; what this attempt has done is lost.',
    )
    expect(said(askCancel(stateOf(), candidate('retry')))).toBe(
      'Cancel task 42? It waits for its next attempt and will not be done.',
    )
    expect(askCancel(stateOf(), candidate('pending')).state.question?.command).toBe('jrctl tasks cancel 42')
  })

  it('has nothing to cancel of what is over', () => {
    expect(said(askCancel(stateOf(), candidate('failed')))).toMatch('nothing left to cancel')
    expect(said(askCancel(stateOf(), undefined))).toBe('No task is chosen.')
  })

  it('offers the task again, and nothing when it was so already', async () => {
    const { calls, sentence, undo } = await done({ kind: 'cancel', id }, { changed: true })
    expect(calls).toEqual([['cancelTask', { id }]])
    expect(sentence).toBe('Task 42 is cancelled. z has it done again, from its first attempt.')
    expect(undo?.change).toEqual({ kind: 'retry', id, how: 'again' })
    expect(await done({ kind: 'cancel', id }, { changed: false })).toMatchObject({
      sentence: 'Task 42 was cancelled already.',
      undo: null,
    })
  })
})

describe('R on a task', () => {
  const asked = (status: TaskStatus, scheduledAt: number | null = null) =>
    askRetry(stateOf(), { id, status, version: 7, scheduledAt })

  it('names the death of a failed one, so that two who want it have it once', () => {
    const { question } = asked('failed').state
    expect(question?.change).toEqual({ kind: 'replay', id: '42', letters: [{ id: '42', version: 7 }] })
    expect(question?.command).toBe('jrctl dlq replay 42')
  })

  it('begins anew what is over, and says what is lost', () => {
    expect(said(asked('completed'))).toMatch('Its result is dropped.')
    expect(asked('cancelled').state.question?.change).toEqual({ kind: 'retry', id, how: 'again' })
  })

  it('spares what waits the wait, and lets a scheduled one wait again', async () => {
    expect(said(asked('retry', now.wallMs + 45_000))).toBe(
      'Make task 42 ready at once? Its next attempt is due in 45 s.',
    )
    const change = asked('scheduled', inHalfAnHour).state.question?.change
    expect(change).toEqual({ kind: 'retry', id, how: 'now', dueAt: inHalfAnHour })
    const answer = { changed: true, task: task(42, 'pending') }
    const { sentence, undo } = await done(change ?? { kind: 'cancel', id }, answer)
    expect(sentence).toBe('Task 42 is ready: it is pending. z lets it wait again.')
    const back = await done(undo?.change ?? { kind: 'cancel', id }, { task: task(42, 'scheduled') })
    expect(back.calls).toEqual([['setTask', { id, scheduledAt: inHalfAnHour }]])
    expect(back.sentence).toMatch('Task 42 is scheduled again')
  })

  it.each<[TaskStatus, RegExp]>([
    ['in_progress', /in progress; x cancels it/],
    ['pending', /ready already; u puts it before/],
    ['assigned', /ready already/],
  ])('refuses one that is %s, and says what can be done', (status, words) => {
    const { state } = asked(status)
    expect(state.question).toBeNull()
    expect(state.message?.text).toMatch(words)
  })

  it('says so when somebody was earlier', async () => {
    expect(await done({ kind: 'retry', id, how: 'again' }, { changed: false })).toMatchObject({
      sentence: 'Task 42 was ready already.',
      undo: null,
    })
  })
})

describe('R on a dead letter', () => {
  const letter = deadLetterOfTask(id)
  const replay: Change = { kind: 'replay', id: '42', letters: [{ id: letter, version: 3 }] }

  it('says of each kind what becomes of it', () => {
    expect(said(askReplay(stateOf(), [deadTask(42)]))).toMatch('It is done again, from its first attempt.')
    expect(said(askReplay(stateOf(), [deadOwn('r3')]))).toBe(
      'Replay r3? Its worker runs once more, when its turn comes.',
    )
    expect(said(askReplay(stateOf(), [deadOwn('w7')]))).toMatch('started again, its breaker closed')
    expect(said(askReplay(stateOf(), []))).toBe('No dead letter is chosen.')
  })

  it('sends the version that was seen, and can have the task cancelled again', async () => {
    const { calls, sentence, undo } = await done(replay, { verdicts: [{ id: letter, kind: 'done' }] })
    expect(calls).toEqual([['replayDeadLetters', { letters: [{ id: '42', version: 3 }] }]])
    expect(sentence).toBe('Task 42 is replayed: it begins with its first attempt.')
    expect(undo?.change).toEqual({ kind: 'cancel', id, diedAs: 3 })
  })

  it.each<[DeathVerdict, string]>([
    [
      { id: letter, kind: 'replayed', at: 1, by: 'cli:ann (self-declared)' },
      '42 was replayed already by cli:ann (self-declared).',
    ],
    [{ id: letter, kind: 'purged', at: null, by: null }, '42 is gone: it was purged.'],
    [
      { id: letter, kind: 'changed' },
      '42 has died again, or was changed, since it was looked at: look again, then decide.',
    ],
    [{ id: letter, kind: 'alive', status: 'in_progress' }, 'Task 42 is in progress, not dead.'],
  ])('tells plainly what others have done meanwhile: %o', async (verdict, sentence) => {
    expect(await done(replay, { verdicts: [verdict] })).toMatchObject({ sentence, undo: null })
  })
})

describe('A', () => {
  const all = [deadOwn('w7'), deadOwn('r3'), deadTask(42), deadTask(43)]
  const how = { command: 'jrctl dlq replay --all', rest: '' }

  it('counts what becomes of them, and says what is left out', () => {
    expect(said(askReplayAll(stateOf(), all, how))).toBe(
      'Replay all 4 shown? 2 tasks begin again with the first attempt; 1 run waits in turn; 1 worker is started.',
    )
    const rest = 'More are dead than these.'
    expect(said(askReplayAll(stateOf(), all, { ...how, rest }))).toMatch(rest)
    expect(said(askReplayAll(stateOf(), [], how))).toBe('There is no dead letter here.')
  })

  it('tells how many it was done to, and of the others the first', async () => {
    const { question } = askReplayAll(stateOf(), all, how).state
    const verdicts = all.map((letter, index) =>
      index < 2 ? { id: letter.id, kind: 'done' } : { id: letter.id, kind: 'changed' },
    )
    const { calls, sentence, undo } = await done(question?.change ?? { kind: 'cancel', id }, { verdicts })
    expect(calls).toHaveLength(1)
    expect(sentence).toBe(
      '2 of 4 dead letters replayed. 42 has died again, or was changed, since it was looked at: look again, then decide. 1 more was not replayed.',
    )
    expect(undo).toBeNull()
  })
})

describe('D', () => {
  const asked = askPurge(stateOf(), deadTask(42)).state

  it('says that nothing brings it back, and takes no y for an answer', () => {
    expect(asked.question?.preview).toBe(
      'Purge task 42 for good? Its row and its attempts are deleted. Nothing brings it back.',
    )
    expect(play(asked, 'y').effects).toEqual([])
    expect(play(asked, 'y').state.question?.typed).toBe('y')
  })

  it('wants the word, the whole word and nothing but the word', () => {
    const typed = (...keys: string[]) => play(asked, ...keys).effects.map(({ kind }) => kind)
    expect(typed(...letters('purge'), 'enter')).toEqual(['change'])
    expect(typed(...letters('purgee'), 'backspace', 'enter')).toEqual(['change'])
    expect(typed('x', 'ctrl+u', ...letters('purge'), 'enter')).toEqual(['change'])
    expect(typed(...letters('purg'), 'enter')).toEqual([])
    expect(typed(...letters('purge'), 'esc', 'enter')).not.toContain('change')
    expect(typed('ctrl+c')).toEqual(['quit'])
  })

  it('takes no pasted word', () => {
    const { state, effects } = play(asked, { kind: 'pasted', text: 'purge' }, 'enter')
    expect(effects).toEqual([])
    expect(state.question).not.toBeNull()
  })

  it('offers nothing to take it back by', async () => {
    const named = [{ id: parseDeadLetterId('w7') ?? deadLetterOfTask(id), version: 0 }]
    const { sentence, undo } = await done(
      { kind: 'purge', id: 'w7', letters: named },
      { verdicts: [{ id: 'w7', kind: 'done' }] },
    )
    expect([sentence, undo]).toEqual(['w7 is purged.', null])
  })
})
