import { expect, test } from 'vitest'
import { runToEnd } from '../../../src/adapters/embedded-postgres/run-to-end.ts'

const timeoutMs = 20_000
const sh = (script: string, more: { input?: string; timeoutMs?: number } = {}) =>
  runToEnd('/bin/sh', ['-c', script], { timeoutMs, input: undefined, ...more })

test('a program has a session of its own: a Ctrl-C in our terminal does not reach it', async () => {
  // The sixth field of its own line is its session, which is called after who began it.
  const { stdout } = await sh(
    'read -r pid comm state parent group session rest < /proc/$$/stat; echo $$ $group $session',
  )
  const [pid, group, session] = stdout.trim().split(' ')
  expect([group, session]).toEqual([pid, pid])
})

test('all that it says is heard, and how it ended', async () => {
  expect(await sh('cat; echo bad >&2; exit 3', { input: 'in\n' })).toEqual({
    stdout: 'in\n',
    stderr: 'bad\n',
    code: 3,
    signal: null,
  })
  expect(await sh('exit 0', { input: 'x'.repeat(1_000_000) })).toMatchObject({ code: 0 })
  expect(await sh('sleep 60', { timeoutMs: 200 })).toMatchObject({ code: null, signal: 'SIGKILL' })
  await expect(runToEnd('/nowhere', [], { timeoutMs, input: undefined })).rejects.toThrow('ENOENT')
})
