import { describe, expect, test } from 'vitest'
import { ConfigError } from '../../src/config/config-error.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { sandbox } from './fixture.ts'

async function load(toml: string) {
  using box = sandbox()
  return (await loadPolicy({ ...box.options, path: box.write('f.toml', toml) })).policy
}

const workerWith = (line: string) => `[[workers]]\nname = "A"\ncommand = ["a"]\n${line}\n`

async function problemOf(
  toml: string,
): Promise<{ line: number | null; key: string | null; message: string }> {
  try {
    await load(toml)
  } catch (error) {
    if (error instanceof ConfigError && error.problems[0] !== undefined) return error.problems[0]
    throw error
  }
  throw new Error('it was taken')
}

describe('what a Jr accepts', () => {
  test.each([
    ['', null],
    [`accepts = "priority <= 3"`, { tags: null, when: 'priority <= 3' }],
    [`accepts = { tags = ["code", "ops"] }`, { tags: ['code', 'ops'], when: null }],
    [`accepts = { tags = ["code"], when = "urgent" }`, { tags: ['code'], when: 'urgent' }],
  ])('%s', async (line, accepts) => {
    expect((await load(workerWith(line))).workers[0]?.accepts).toEqual(accepts)
  })

  test.each([
    [`accepts = "priorty <= 3"`, 'workers."A".accepts', 'Unknown variable: priorty'],
    [`accepts = { when = "priority" }`, 'workers."A".accepts.when', 'of type int'],
    [`accepts = {}`, 'workers."A".accepts', 'allowed a CEL expression such as'],
    [`accepts = { tags = [] }`, 'workers."A".accepts.tags', 'allowed a CEL expression such as'],
    [`accepts = 3`, 'workers."A".accepts', 'found 3'],
  ])('%s is refused with its place and what is allowed', async (line, key, message) => {
    const problem = await problemOf(workerWith(line))
    expect(problem).toMatchObject({ line: 4, key })
    expect(problem.message).toContain(message)
  })
})

describe('retention', () => {
  test('is off for the shared table, and a month for events', async () => {
    expect((await load('')).retention).toMatchObject({
      finishedTasksMs: null,
      deadLettersMs: null,
      eventsMs: 30 * 86_400_000,
    })
  })

  test('takes durations and "off"', async () => {
    const toml = `[retention]\nfinished_tasks = "7d"\ndead_letters = "90d"\nevents = "off"`
    expect((await load(toml)).retention).toMatchObject({
      finishedTasksMs: 7 * 86_400_000,
      deadLettersMs: 90 * 86_400_000,
      eventsMs: null,
    })
  })

  test.each([`events = "1h"`, `events = "never"`, `finished_tasks = 30`, `finished_tasks = "0s"`])(
    '%s is refused',
    async (line) => {
      const { message } = await problemOf(`[retention]\n${line}`)
      expect(message).toContain('allowed "off", or a duration from')
    },
  )
})
