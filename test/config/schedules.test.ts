import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { nextTimes } from '../../src/config/next-times.ts'
import { sandbox } from './fixture.ts'

async function load(lines: string) {
  using box = sandbox()
  const toml = `[[workers]]\nname = "A"\ncommand = ["a"]\n${lines}\n`
  return (await loadPolicy({ ...box.options, path: box.write('f.toml', toml) })).policy.workers[0]
}

async function problemsOf(lines: string): Promise<{ line: number | null; message: string }[]> {
  try {
    await load(lines)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.map(({ line, message }) => ({ line, message }))
    throw error
  }
  throw new Error('it was taken')
}

describe('a worker with a schedule', () => {
  test('has the defaults of a run', async () => {
    expect((await load('schedule = "0 3 * * *"'))?.schedule).toEqual({
      cron: '0 3 * * *',
      timezone: null,
      timeoutMs: null,
      maxConcurrent: 1,
      overlap: 'skip',
      missed: 'once',
      retries: 2,
    })
    expect(await load('')).not.toHaveProperty('schedule')
  })

  test.each(['@hourly', '*/10 * * * * *', '0 0 L * *', '0 9 * * MON-FRI'])('may be %s', async (schedule) => {
    expect((await load(`schedule = "${schedule}"`))?.schedule?.cron).toBe(schedule)
  })

  test.each([
    ['schedule = "61 3 * * *"', 'found "61 3 * * *" (invalid value for minute: 61)'],
    ['schedule = "* * * *"', 'it has not five fields, nor six'],
    ['schedule = "0 0 30 2 *"', 'there is no such day: it would never run'],
    ['schedule = "2026-01-01T00:00:00Z"', 'it is a date, which comes only once'],
    [
      'schedule = "@daily"\ntimezone = "Mars/Olympus"',
      'found "Mars/Olympus" (the machine knows no such time zone)',
    ],
    ['schedule = "@daily"\ninstances = 2', 'is max_concurrent'],
    ['schedule = "@daily"\nrestart = "never"', 'is retries'],
  ])('%s is refused', async (lines, message) => {
    const [problem] = await problemsOf(lines)
    expect(problem?.message).toContain(message)
    expect(problem?.line).toBe(3 + lines.split('\n').length)
  })

  test('is judged beside what is wrong elsewhere, in one go', async () => {
    const problems = await problemsOf(
      'schedule = "61 * * * *"\ntimeout = "soon"\naccepts = "task.priority >"\npriority = 99',
    )
    expect(problems.map(({ line }) => line)).toEqual([4, 5, 6, 7])
    expect(problems[0]?.message).toContain('invalid value for minute: 61')
    expect(problems[2]?.message).toContain('an expression that is not understood')
  })

  test('what is said of runs without one is refused, all at once', async () => {
    const problems = await problemsOf('timeout = "5s"\nretries = 0\noverlap = "queue"')
    expect(problems).toEqual([
      { line: 4, message: 'found timeout without schedule, allowed only beside it: it is about runs' },
      { line: 5, message: 'found retries without schedule, allowed only beside it: it is about runs' },
      { line: 6, message: 'found overlap without schedule, allowed only beside it: it is about runs' },
    ])
  })
})

test('the next runs show what a schedule means, across a change of clocks', async () => {
  using box = sandbox()
  const table = (name: string, more: string) => `[[workers]]\nname = "${name}"\ncommand = ["a"]\n${more}\n`
  const toml = table('A', 'schedule = "30 2 * * *"\ntimezone = "Europe/Zurich"') + table('B', '')
  const { policy } = await loadPolicy({ ...box.options, path: box.write('f.toml', toml) })
  const [only, ...others] = await nextTimes(policy.workers, Date.parse('2026-03-28T00:00Z'))
  expect(others).toEqual([])
  expect(only?.worker).toBe('A')
  expect(only?.next.map((time) => new Date(time).toISOString())).toEqual([
    '2026-03-28T01:30:00.000Z',
    '2026-03-29T01:00:00.000Z',
    '2026-03-30T00:30:00.000Z',
  ])
})
