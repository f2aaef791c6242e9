import Database from 'better-sqlite3'
import { spawnSync } from 'node:child_process'
import { closeSync, openSync, readdirSync, writeSync } from 'node:fs'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import type { StatusView } from '../../src/contract/views.ts'
import { jrctlPath, start, startProgram } from '../support/jrctl.ts'
import { type TestFleet, scripted, startFleet, until } from './fleet.ts'

let fleet: TestFleet | undefined
afterEach(async () => {
  await fleet?.end()
  fleet = undefined
})

/** Random for each spawn, and kept by whoever adopts it. */
const spawnsOf = ({ workers }: StatusView) => workers.map(({ instanceId }) => instanceId)
const status = (of: TestFleet) => of.json<StatusView>('status')

describe('a damaged state file (faults.md, 14)', () => {
  it('is set aside, said aloud, and made again: the same node, its workers adopted, its tasks replayed', async () => {
    const on = (fleet = await startFleet(scripted('a_jr', 'true')))
    for (const title of ['one', 'two']) await on.jrctl('tasks', 'add', title, '--assign', 'a_jr')
    const done = 'select count(*)::int as done from jr_work_queue where status = $1'
    await until(
      async () => (await on.sql.query<{ done: number }>(done, ['completed'])).rows[0]?.done,
      (count) => count === 2,
    )
    const before = await status(on)
    on.daemon.child.kill('SIGKILL')
    await on.daemon.exited
    overwriteLedger(join(on.place.dir, 'state', 'state.sqlite'))

    on.daemon = start(on.place, ['daemon'])
    await on.daemon.said(/ runs, pid/)
    const after = await status(on)
    expect(after.daemon.nodeId).toBe(before.daemon.nodeId)
    expect(spawnsOf(after)).toEqual(spawnsOf(before))
    const aside = readdirSync(join(on.place.dir, 'state')).find((name) => /\.damaged-\w+$/.test(name)) ?? '?'
    expect((await on.jrctl('ledger', '--type', 'daemon.state_rebuilt')).stdout).toContain(aside)
    const old = await on.jrctl('ledger', 'verify', '--file', join(on.place.dir, 'state', aside))
    expect(old).toMatchObject({ code: 1, stdout: expect.stringContaining('broken at entry 1') })
    const { stdout } = await until(
      () => on.jrctl('ledger', 'replay', '--check'),
      (ran) => !ran.stdout.includes('newest'),
    )
    expect(stdout).toBe('The ledger and the table agree on 2 tasks\n')
    expect((await on.jrctl('ledger', 'verify')).code).toBe(0)
  })
})

/** Makes fsync fail as a dying disk does, while the file `fail` lies in the folder that FAIL_DIR names. */
const failingSync = `
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
static int fails(void) {
  char path[4096];
  const char *dir = getenv("FAIL_DIR");
  if (!dir) return 0;
  snprintf(path, sizeof path, "%s/fail", dir);
  return access(path, F_OK) == 0;
}
#define SYNC(name) \\
  int name(int fd) { \\
    static int (*real)(int); \\
    if (!real) real = dlsym(RTLD_NEXT, #name); \\
    if (fails()) { errno = EIO; return -1; } \\
    return real(fd); \\
  }
SYNC(fsync)
SYNC(fdatasync)
`
/** It has to be compiled; where there is no compiler, the suite says that it is skipped. */
const mayCompile = spawnSync('cc', ['--version']).status === 0

describe.skipIf(!mayCompile)('a failing fsync (faults.md, 12)', () => {
  it('ends the daemon with a clear word, and its workers live on into the next one', async () => {
    const on = (fleet = await startFleet(scripted('a_jr', 'true')))
    const library = join(on.place.dir, 'failing-sync.so')
    const source = join(on.place.dir, 'failing-sync.c')
    await writeFile(source, failingSync)
    expect(spawnSync('cc', ['-shared', '-fPIC', '-o', library, source, '-ldl']).status).toBe(0)
    on.daemon.child.kill('SIGTERM')
    await on.daemon.exited
    const env = { ...on.place.env, LD_PRELOAD: library, FAIL_DIR: on.place.dir }
    on.daemon = startProgram({ ...on.place, env }, [jrctlPath, 'daemon'])
    await on.daemon.said(/ runs, pid/)
    const before = await status(on)

    await writeFile(join(on.place.dir, 'fail'), '')
    await on.jrctl('tasks', 'add', 'one', '--assign', 'a_jr')
    expect(await on.daemon.exited).toBe(1)
    expect(on.daemon.stderr()).toMatch(/jrctl: .*disk I\/O error.*FSYNC/)
    expect(on.daemon.stderr()).toContain('the disk did not keep what was written')

    await rm(join(on.place.dir, 'fail'))
    on.daemon = start(on.place, ['daemon'])
    await on.daemon.said(/ runs, pid/)
    expect(spawnsOf(await status(on))).toEqual(spawnsOf(before))
    expect((await on.jrctl('ledger', 'verify')).code).toBe(0)
  })
})

function overwriteLedger(path: string): void {
  const db = new Database(path)
  const page = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'ledger_entries'").pluck().get()
  // What lies in the log would hide the damage.
  db.pragma('wal_checkpoint(TRUNCATE)')
  db.close()
  const file = openSync(path, 'r+')
  writeSync(file, Buffer.alloc(4096, 0xab), 0, 4096, (Number(page) - 1) * 4096)
  closeSync(file)
}
