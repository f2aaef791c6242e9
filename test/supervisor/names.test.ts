import { expect, test } from 'vitest'
import { definitionHash } from '../../src/supervisor/definition-hash.ts'
import { exitText, waitText } from '../../src/supervisor/slot/exit-text.ts'
import { logFileName } from '../../src/supervisor/log-name.ts'
import { worker } from './setup.ts'

test.each([
  ['Software Engineer Jr.', 1, 'software_engineer_jr.log'],
  ['Software Engineer Jr.', 2, 'software_engineer_jr.2.log'],
  ['it_triad_jr', 1, 'it_triad_jr.log'],
  ['  --Odd..//Name__ ', 1, 'odd_name.log'],
  ['../../etc/passwd', 1, 'etc_passwd.log'],
  ['a\0b\nc', 1, 'a_b_c.log'],
])('the log of %j #%i is %s', (name, slot, file) => {
  expect(logFileName(name, slot)).toBe(file)
})

test("a name that leaves nothing, or the daemon's own, gets one of its own", () => {
  const names = ['日本', 'Ωμέγα', '...', 'Jr. Orchestrator'].map((name) => logFileName(name, 1))
  expect(new Set(names).size).toBe(4)
  for (const name of names) expect(name).toMatch(/^jr_[0-9a-f]{8}\.log$/)
})

test('a definition changes by what its process is made of, not by how it is watched', () => {
  const before = definitionHash(worker({ env: { A: '1', B: '2' } }))
  expect(definitionHash(worker({ env: { B: '2', A: '1' } }))).toBe(before)
  const watched = worker({
    env: { A: '1', B: '2' },
    instances: 9,
    priority: 1,
    restart: 'never',
    stopGraceMs: 1,
  })
  expect(definitionHash(watched)).toBe(before)
  const made = [
    { command: ['x'] as [string] },
    { cwd: '/x' },
    { env: { A: '2', B: '2' } },
    { envPass: ['X'] },
  ]
  for (const change of made) {
    expect(definitionHash(worker({ env: { A: '1', B: '2' }, ...change }))).not.toBe(before)
  }
})

test('ends and waits are told in plain words', () => {
  expect(exitText({ code: 0, signal: null, source: 'wait' })).toBe('exited cleanly')
  expect(exitText({ code: 3, signal: null, source: 'file' })).toBe('exited with code 3')
  expect(exitText({ code: null, signal: 'SIGKILL', source: 'wait' })).toBe('was killed by SIGKILL')
  expect(exitText({ code: null, signal: null, source: 'unknown' })).toBe('ended, nobody knows how')
  expect([0, 4_780, 59_999, 300_000].map(waitText)).toEqual(['0 s', '4.8 s', '60 s', '5 min'])
})
