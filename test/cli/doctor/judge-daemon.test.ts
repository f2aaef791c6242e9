import { describe, expect, it } from 'vitest'
import { judgeDaemon } from '../../../src/cli/doctor/judge-daemon.ts'
import { sound } from './sound-machine.ts'

describe('a daemon whose program was replaced below it', () => {
  const { daemon } = sound
  if (!daemon.up) throw new Error('a sound machine has one')
  const found = (replaced: string | null, unit: string | null) =>
    judgeDaemon({ ...daemon, replaced, unit }).filter(({ name }) => name === 'machine.program')

  it('is told of, with what restarts it', () => {
    expect(found('/usr/local/bin/jrctl', 'jr-orchestrator.service')).toMatchObject([
      {
        level: 'warn',
        text: expect.stringContaining('another /usr/local/bin/jrctl lies there'),
        remedy: expect.stringContaining('jrctl install --enable'),
      },
    ])
    expect(found('/opt/jrctl', null)).toMatchObject([{ remedy: expect.stringContaining('--take-over') }])
  })

  it('is one that runs what lies there: nothing is said', () => {
    expect(found(null, null)).toEqual([])
  })
})

it('tells of variables that were changed below the daemon', () => {
  const { daemon } = sound
  const found = (rewritten: string | null) =>
    judgeDaemon({ ...daemon, rewritten, unit: 'jr-orchestrator.service' } as typeof daemon).filter(
      ({ name }) => name === 'machine.variables',
    )
  expect(found(null)).toEqual([])
  expect(found('/etc/jrctl/environment')).toMatchObject([
    {
      level: 'warn',
      text: expect.stringContaining('/etc/jrctl/environment was changed after') as string,
      remedy: expect.stringContaining('jrctl install --enable') as string,
    },
  ])
})
