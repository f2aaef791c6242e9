import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const workerWith = (line: string): string => `[[workers]]\nname = "A"\ncommand = ["a"]\n${line}\n`
const none = { memoryBytes: null, cpuCores: null, openFiles: null, nice: null }

describe('limits of a worker', () => {
  test.each([
    ['', undefined],
    ['limits = {}', undefined],
    ['limits = { memory = "off" }', undefined],
    ['limits = { memory = "512M" }', { ...none, memoryBytes: 512 * 1024 ** 2 }],
    [
      'limits = { memory = "1.5G", cpu = 0.5, open_files = 4096, nice = -5 }',
      { memoryBytes: 1.5 * 1024 ** 3, cpuCores: 0.5, openFiles: 4096, nice: -5 },
    ],
    ['[workers.limits]\ncpu = 2', { ...none, cpuCores: 2 }],
  ])('%s', async (line, limits) => {
    expect((await load(workerWith(line))).policy.workers[0]?.limits).toEqual(limits)
  })

  test.each([
    ['limits = { memroy = "2G" }', 'limits.memroy: found an unknown key', 'did you mean "memory"?'],
    ['limits = { memory = "2 GiB" }', 'limits.memory: found "2 GiB", allowed "off", or a size', '"2G"?'],
    ['limits = { memory = "1K" }', 'limits.memory: found "1K"', 'from "1M"'],
    [
      'limits = { cpu = "2" }',
      'limits.cpu: found "2", allowed a number from 0.01 to 1024',
      'did you mean 2?',
    ],
    ['limits = { nice = 20 }', 'limits.nice: found 20, allowed a whole number from -20 to 19', ''],
    ['limits = { open_files = 1.5 }', 'limits.open_files: found 1.5, allowed a whole number', ''],
    ['limits = "2G"', 'limits: found "2G", allowed a table with the keys memory, cpu, open_files, nice', ''],
  ])('%s is refused', async (line, ...said) => {
    const problems = (await problemsOf(workerWith(line))).join('\n')
    for (const words of said) expect(problems).toContain(words)
  })
})

test.each(['agents', 'svc-agents', '_x', 'host$'])('user = %j', async (user) => {
  expect((await load(workerWith(`user = "${user}"`))).policy.workers[0]?.user).toBe(user)
})

test.each(['', '1000', 'a b', '-x', 'a:b', 'x'.repeat(33)])(
  'user = %j is no name of an account',
  async (user) => {
    expect((await problemsOf(workerWith(`user = "${user}"`))).join('\n')).toContain('the name of an account')
  },
)
