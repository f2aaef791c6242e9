import { describe, expect, it } from 'vitest'
import { instanceId, jrName, nodeId, taskId } from '../../../src/domain/ids.ts'
import { explain } from '../../../src/domain/why/explain.ts'
import type { DaemonFacts, TaskStanding, WindowStanding } from '../../../src/domain/why/standing.ts'
import { aTask } from '../../support/task.ts'

const jr = jrName('Research Jr.')
const minute = 60_000

const task = aTask({ id: taskId(7), assignedJr: jr, status: 'assigned', tags: ['code'] })

const waiting: TaskStanding = {
  task,
  rawStatus: 'assigned',
  statusAgeMs: 2 * minute,
  createdAgeMs: 2 * minute,
  startedAgeMs: null,
  progressAgeMs: null,
  dueInMs: null,
  closedForMs: null,
  stuckInMs: null,
  open: null,
  last: null,
  place: null,
  ahead: { count: 3, isMore: false },
  jr: { name: jr, online: true, lastSeenAgeMs: 4_000, load: 1 },
  online: { count: 1, some: [{ name: jr, load: 1 }] },
  leader: nodeId('n'),
  accepts: [],
  instances: [{ instanceId: instanceId('i'), nodeId: nodeId('n'), lastSeenAgeMs: 4_000, load: 1 }],
  holding: [],
  locks: [],
  readOnly: null,
}
const unassigned = {
  ...waiting,
  task: { ...task, assignedJr: null, status: 'pending' as const },
  rawStatus: 'pending',
}
const up: DaemonFacts = { up: true, phase: 'running', listening: true, share: null, workers: [] }

const sentences = (standing: TaskStanding, daemon: DaemonFacts = up): string[] =>
  explain({ standing, daemon }).reasons.map(({ weight, sentence }) =>
    weight === 'blocks' ? `! ${sentence}` : sentence,
  )

describe('what why says', () => {
  it('of a task that waits its turn', () => {
    expect(sentences(waiting)).toEqual([
      'It has been ready for 2 min and waits for Research Jr.',
      'In the line of Research Jr., 3 tasks are before it.',
      'Research Jr. is online with 1 instance, seen 4 s ago. It works on 1 task; whether it has a free slot for this one, the database is not told.',
    ])
    expect(sentences({ ...waiting, ahead: { count: 1000, isMore: true } })[1]).toBe(
      'In the line of Research Jr., more than 1,000 tasks are before it.',
    )
  })

  it('of the window of its channel', () => {
    const delivery = { ...waiting, task: { ...task, channel: 'TikTok' }, ahead: null }
    const said = (standing: TaskStanding, window: WindowStanding | null) =>
      explain({ standing, daemon: up, window })
        .reasons.filter(({ kind }) => kind.startsWith('window'))
        .map(({ weight, sentence }) => `${weight}: ${sentence}`)
    const closed = { isOpen: false, opensInMs: 200 * minute, closesInMs: null }
    expect(said(delivery, { isOpen: true, opensInMs: 1, closesInMs: 5 * minute })).toEqual([
      'tells: The window of its channel TikTok is open for another 5 min.',
    ])
    expect(said(delivery, closed)).toEqual([
      'tells: The window of its channel TikTok is closed and opens in 3 h 20 min; it is not strict, and keeps no worker from the task.',
    ])
    const strict = { ...delivery, closedForMs: 200 * minute }
    expect(said(strict, closed)).toEqual([
      'blocks: The window of its channel TikTok is closed for another 3 h 20 min, and strict: until then no worker gets it.',
    ])
    expect(sentences(strict).join(' ')).not.toContain('at once')
    const scheduled = {
      ...delivery,
      task: { ...delivery.task, status: 'scheduled' as const },
      rawStatus: 'scheduled',
    }
    const atOpening = { ...scheduled, dueInMs: 200 * minute + 5 }
    expect(said(atOpening, closed)).toEqual(['tells: That is when the window of its channel TikTok opens.'])
    expect(said({ ...atOpening, closedForMs: 200 * minute }, closed)).toEqual([
      'blocks: That is when the window of its channel TikTok opens, which is strict: until then no worker gets it, whoever asks.',
    ])
    expect(said({ ...scheduled, dueInMs: 500 * minute }, closed)).toEqual([])
    expect(said(waiting, null)).toEqual([])
  })

  it('of a Jr that is away, and of its paused worker', () => {
    const away = {
      ...waiting,
      jr: { name: jr, online: false, lastSeenAgeMs: 9 * minute, load: 0 },
      instances: [],
    }
    const paused: DaemonFacts = {
      ...up,
      workers: [{ name: jr, slot: 1, state: 'paused', reason: 'by hand' }],
    }
    const { reasons } = explain({ standing: away, daemon: paused })
    expect(reasons.slice(1, 3)).toEqual([
      {
        kind: 'jr_offline',
        weight: 'blocks',
        sentence: 'Research Jr. is offline: it was last seen 9 min ago.',
        next: 'Give it to another: jrctl tasks set 7 --assign NAME',
      },
      {
        kind: 'worker_down',
        weight: 'blocks',
        sentence: 'Its worker Research Jr. here is paused: by hand.',
        next: "jrctl workers resume 'Research Jr.'",
      },
    ])
  })

  it('of a worker that is configured with no instances, and of one that is not', () => {
    const unseen = { ...waiting, jr: null, instances: [] }
    const reasonOf = (daemon: DaemonFacts) =>
      explain({ standing: unseen, daemon }).reasons.find(({ kind }) => kind === 'worker_absent')
    expect(reasonOf({ ...up, configured: [jr] })).toMatchObject({
      weight: 'blocks',
      sentence: 'Research Jr. is configured here, with no instances.',
      next: "jrctl workers scale 'Research Jr.' 1",
    })
    expect(reasonOf({ ...up, configured: [] })?.sentence).toBe(
      'The daemon here has no worker called Research Jr. It has none.',
    )
  })

  it('of unassigned tasks and who takes them', () => {
    const other = jrName('Code Jr.')
    const online = {
      count: 2,
      some: [
        { name: jr, load: 0 },
        { name: other, load: 2 },
      ],
    }
    const accepts = [
      { jrName: jr, accepts: { tags: ['text'], when: null } },
      { jrName: other, accepts: { tags: null, when: 'priority < 3' } },
    ]
    expect(sentences({ ...unassigned, online, accepts })[2]).toContain(
      'Online: Code Jr. (load 2, only when priority < 3) and 1 more.',
    )
    expect(sentences({ ...unassigned, accepts: accepts.slice(0, 1) })[1]).toBe(
      '! None of the online Jrs accepts it: Research Jr. takes only tasks tagged text.',
    )
    const tagged = accepts.slice(0, 1)
    const judged = (holds: boolean) => ({
      jrName: other,
      accepts: { tags: null, when: 'priority < 3' },
      holds,
    })
    expect(sentences({ ...unassigned, online, accepts: [...tagged, judged(false)] })[1]).toBe(
      '! None of the online Jrs accepts it: Research Jr. takes only tasks tagged text; Code Jr. takes only tasks with priority < 3.',
    )
    expect(sentences({ ...unassigned, online, accepts: [judged(true)] })[2]).toContain(
      'Online: Research Jr. (load 0), Code Jr. (load 2).',
    )
    expect(sentences({ ...unassigned, leader: null }).at(-1)).toBe(
      'No daemon leads the fleet at the moment, so nobody gives out unassigned tasks.',
    )
    expect(sentences({ ...unassigned, online: { count: 0, some: [] } })[1]).toBe(
      '! No Jr is online, so nobody can take it.',
    )
  })

  it('of a retry, of nodes that hold their claims back, and of a database that takes no writes', () => {
    const last = { attempt: 2, jrName: jr, outcome: 'retry' as const, error: 'boom\nat x', endedAgeMs: 3_000 }
    const retry = { ...task, status: 'retry' as const, attempts: 2 }
    expect(sentences({ ...waiting, task: retry, rawStatus: 'retry', dueInMs: 7_000, last })).toEqual([
      '2 of 4 attempts failed, the last one 3 s ago; the next try comes in 7 s.',
      'Before: Research Jr., attempt 2: failed 3 s ago: boom. 2 attempts left.',
    ])
    const holding = [{ nodeId: nodeId('n'), reason: 'the disk is full', leftMs: 30_000 }]
    expect(sentences({ ...waiting, holding, readOnly: 'standby' }).slice(1, 3)).toEqual([
      '! The database takes no writes (it is a standby), so nothing is claimed.',
      '! Node n claims nothing for another 30 s: the disk is full.',
    ])
  })

  it('of running tasks, with a silent worker and without a lease', () => {
    const running = { ...task, status: 'in_progress' as const, startedAt: 0, attempts: 1 }
    const open = {
      attempt: 1,
      jrName: jr,
      instanceId: instanceId('i'),
      nodeId: nodeId('n'),
      ageMs: 3 * minute,
      renewedAgeMs: 45_000,
      leaseLeftMs: 15_000,
    }
    const at = {
      ...waiting,
      task: running,
      rawStatus: 'in_progress',
      ahead: null,
      place: { position: 2, of: 3 },
    }
    expect(sentences({ ...at, open })).toEqual([
      'Research Jr. has been working on it for 3 min, attempt 1 of 4, on node n.',
      '! Its worker has not renewed the lease for 45 s; if it stays silent, the task goes back in 15 s.',
      'It holds position 2 of 3.',
      'It has not reported any progress yet.',
    ])
    // Who stands first cannot be put before others.
    const steps = (position: number) =>
      explain({ standing: { ...at, open, place: { position, of: 3 } }, daemon: up }).reasons[0]?.next
    expect([steps(2), steps(1)]).toEqual([expect.stringContaining('jrctl urgent'), null])
    expect(sentences({ ...at, startedAgeMs: 31 * minute, stuckInMs: -minute }).slice(0, 2)).toEqual([
      'Research Jr. has had it in progress for 31 min, claimed by plain SQL, without a lease.',
      '! It has counted as stuck for 1 min and goes back to its line at the next sweep of a daemon.',
    ])
  })

  describe('of an end by another program', () => {
    const foreign = {
      attempt: 1,
      jrName: jr,
      outcome: 'foreign' as const,
      error: 'ended by psql',
      endedAgeMs: 9_000,
    }
    const done = {
      ...waiting,
      task: { ...task, status: 'completed' as const, attempts: 1 },
      rawStatus: 'completed',
      statusAgeMs: 9_000,
    }
    const cancelled = {
      ...done,
      task: { ...task, status: 'cancelled' as const, error: 'asked twice' },
      rawStatus: 'cancelled',
    }
    const knowing: DaemonFacts = { ...up, finishedBy: 'cli:ann' }

    it("that it was plain SQL, which ended a worker's attempt", () => {
      const words = 'by plain SQL of psql, which ended attempt 1 of Research Jr.'
      expect(sentences({ ...done, last: foreign })).toEqual([`It was completed 9 s ago ${words}`])
      expect(sentences({ ...cancelled, last: foreign }, knowing)).toEqual([
        `It was cancelled 9 s ago ${words}: asked twice.`,
      ])
    })

    it('not that the plain SQL of an earlier life did it', () => {
      const earlier = { ...foreign, endedAgeMs: 60_000 }
      expect(sentences({ ...done, last: earlier }, knowing)).toEqual(['It was completed 9 s ago by cli:ann.'])
    })

    it('who cancelled it, where the ledger tells', () => {
      expect(sentences(cancelled, knowing)).toEqual(['It was cancelled 9 s ago by cli:ann: asked twice.'])
      expect(sentences(cancelled)).toEqual(['It was cancelled 9 s ago: asked twice.'])
    })

    it('of an attempt before', () => {
      expect(sentences({ ...waiting, last: { ...foreign, error: null } }).at(-1)).toBe(
        'Before: Research Jr., attempt 1: ended by plain SQL of an unknown program 9 s ago. 4 attempts left.',
      )
    })
  })

  it('why it came back, unless its attempt tells that', () => {
    const stuck = { ...waiting, task: { ...task, error: 'stuck: no progress for 30 min' } }
    expect(sentences(stuck)[1]).toBe('It came back: stuck: no progress for 30 min.')
    const last = { attempt: 1, jrName: jr, outcome: 'expired' as const, error: 'was killed by SIGKILL' }
    const told = sentences({
      ...stuck,
      task: { ...task, attempts: 1, error: last.error },
      last: { ...last, endedAgeMs: 4_000 },
    })
    expect(told.filter((line) => line.includes('came back'))).toEqual([])
    expect(told.at(-1)).toBe(
      'Before: Research Jr., attempt 1: given back 4 s ago: was killed by SIGKILL. 3 attempts left.',
    )
  })

  it('of a worker that waits to be started again', () => {
    const reason = 'was killed by SIGKILL; next start in 4.8 s'
    const daemon = { ...up, workers: [{ name: jr, slot: 1, state: 'backoff' as const, reason }] }
    expect(sentences(waiting, daemon)).toContain(
      `Its worker Research Jr. here is waiting to be started again: ${reason}.`,
    )
  })
})
