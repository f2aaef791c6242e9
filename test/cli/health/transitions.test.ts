import { describe, expect, it } from 'vitest'
import type { HealthFacts } from '../../../src/cli/health/facts.ts'
import { transitionsOf } from '../../../src/cli/health/transitions.ts'

const daemon = {
  up: { up: true, phase: 'running', pid: 1, uptimeMs: 1 },
  down: { up: false, problem: 'No daemon answers', pid: null },
  denied: { up: false, problem: 'ask as jrctl', pid: null, isDenied: true },
  hangs: { up: false, problem: 'late', pid: 7 },
} as const
const database = {
  up: { up: true, target: 'db' },
  down: { up: false, target: 'db', problem: 'refused' },
  denied: { up: false, target: null, problem: 'not ours', isDenied: true },
} as const

describe('what a health check tells by itself', () => {
  it.each<[string, Pick<HealthFacts, 'daemon' | 'database'>, string[]]>([
    ['nothing, of what it does not know', { daemon: null, database: database.down }, []],
    ['nothing, of what is not ours to ask', { daemon: daemon.denied, database: database.denied }, []],
    [
      'nothing of a database that is not ours to see',
      { daemon: daemon.down, database: database.denied },
      ['raised daemon:n: the daemon is down: No daemon answers'],
    ],
    [
      'that all is well',
      { daemon: daemon.up, database: database.up },
      ['cleared daemon:n: the daemon is up', 'cleared database:n: the database answers again'],
    ],
    [
      'nothing of a database whose loss the daemon tells',
      { daemon: daemon.up, database: database.down },
      ['cleared daemon:n: the daemon is up'],
    ],
    [
      'that the daemon is dead',
      { daemon: daemon.down, database: database.up },
      [
        'raised daemon:n: the daemon is down: No daemon answers',
        'cleared database:n: the database answers again',
      ],
    ],
    [
      'that it hangs, and nothing of a database that was not heard of in time',
      { daemon: daemon.hangs, database: null },
      ['raised daemon:n: the daemon (pid 7) does not answer: late'],
    ],
    [
      'that both are away',
      { daemon: daemon.down, database: database.down },
      [
        'raised daemon:n: the daemon is down: No daemon answers',
        'raised database:n: the database is away: refused',
      ],
    ],
  ])('%s', (_, facts, expected) => {
    const told = transitionsOf(facts, 'n', 5)
    expect(told.map(({ change, key, summary }) => `${change} ${key}: ${summary}`)).toEqual(expected)
  })
})
