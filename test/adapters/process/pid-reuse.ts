import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createProcessHost } from '../../../src/adapters/process/process-host.ts'
import { systemRandom } from '../../../src/adapters/random.ts'
import { fakeLogger } from '../../fakes/logger.ts'
import { isAlive, until } from './setup.ts'

/**
 * Run in a pid namespace of its own, whose next pid may be chosen. Starts workers, ends them behind the host's back, gives their
 * pids to strangers, and lets the host signal what it still believes in. Argument: rounds. Answers a line of JSON.
 */
const rounds = Number(process.argv[2])
const dir = mkdtempSync(join(tmpdir(), 'jrctl-reuse-'))
const host = createProcessHost({
  runDir: join(dir, 'run'),
  clock: systemClock(),
  logger: fakeLogger(),
  cgroups: 'off',
})
const tries = 20
// What the host started keeps no daemon alive.
const alive = setInterval(() => {}, 1000)
let reused = 0
let foreignSignals = 0

for (let round = 0; round < rounds; round++) {
  const hosted = await host.spawn({
    command: ['sleep', '1000'],
    cwd: '/',
    env: { PATH: process.env['PATH'] ?? '' },
    logFile: join(dir, 'log'),
    mark: systemRandom().hex(16),
  })
  const { identity } = hosted
  await until(async () => (await host.tree(identity)).length === 2)
  const pids = await host.tree(identity)
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  await hosted.exited
  await until(() => !pids.some(isAlive))
  const strangers: ChildProcess[] = []
  for (const pid of pids) {
    const stranger = await strangerAt(pid)
    if (stranger !== null) strangers.push(stranger)
  }
  reused += strangers.length
  if ((await host.adopt(identity)).kind === 'alive') foreignSignals += 1
  await host.signalMain(identity, 'SIGKILL')
  foreignSignals += await host.signalTree(identity, round % 2 === 0 ? 'SIGTERM' : 'SIGKILL')
  foreignSignals += (await host.tree(identity)).length
  for (const stranger of strangers) {
    const isHit = stranger.exitCode !== null || stranger.signalCode !== null || !isAlive(stranger.pid ?? 0)
    if (isHit) foreignSignals += 1
    else await end(stranger)
  }
}
clearInterval(alive)
rmSync(dir, { recursive: true, force: true })
process.stdout.write(`${JSON.stringify({ reused, foreignSignals })}\n`)

/** A process with that pid, or null when others were faster every time. */
async function strangerAt(pid: number): Promise<ChildProcess | null> {
  for (let attempt = 0; attempt < tries; attempt++) {
    writeFileSync('/proc/sys/kernel/ns_last_pid', String(pid - 1))
    const stranger = spawn('/bin/sleep', ['1000'], { stdio: 'ignore' })
    if (stranger.pid === pid) return stranger
    await end(stranger)
  }
  return null
}

async function end(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
}
