import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { layoutOf } from '../../../src/adapters/embedded-postgres/layout.ts'
import { embeddedNextStep } from '../../../src/adapters/embedded-postgres/next-step.ts'

let stateDir: string
beforeEach(() => {
  stateDir = mkdtempSync(join(tmpdir(), 'jrctl-next-step-'))
  mkdirSync(layoutOf(stateDir).dataDir, { recursive: true })
})
afterEach(() => rmSync(stateDir, { recursive: true, force: true }))

const say = (pid: number) =>
  writeFileSync(join(layoutOf(stateDir).dataDir, 'postmaster.pid'), `${pid}\n/data\n1\n5433\n/run\n`)

test('names process and log of a server that answers nobody, and how one goes on that was stopped', async () => {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore' })
  try {
    await once(child, 'spawn')
    say(Number(child.pid))
    expect(embeddedNextStep(stateDir)).toContain(`pid ${child.pid}; its log: ${layoutOf(stateDir).logFile}.`)
    expect(embeddedNextStep(stateDir)).not.toContain('kill')
    child.kill('SIGSTOP')
    await vi.waitFor(() => expect(embeddedNextStep(stateDir)).toContain(`kill -CONT ${child.pid}.`))
  } finally {
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  expect(embeddedNextStep(stateDir)).toContain('does not run any more')
})

test('says that none runs where none was ever made', () => {
  expect(embeddedNextStep(stateDir)).toMatch(/does not run any more.*jrctl daemon.*postgres\.log$/)
})
