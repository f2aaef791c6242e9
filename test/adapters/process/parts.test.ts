import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type ProcEntry, markIn, parseStat, readMachineUnits } from '../../../src/adapters/process/proc.ts'
import { dyeIn, dyeKibOf, dyeOf } from '../../../src/adapters/process/dye.ts'
import { memoryWords, overMemory } from '../../../src/adapters/process/memory-words.ts'
import { ProcessSnapshot } from '../../../src/adapters/process/process-snapshot.ts'
import { ownFolder } from '../../../src/adapters/process/cgroup/own-cgroup.ts'
import { exitOfFile, exitOfStatus, shimCommand } from '../../../src/adapters/process/shim.ts'
import { treeOf } from '../../../src/adapters/process/tree.ts'

const identity = { pid: 10, startTime: 100, bootId: 'b', mark: 'm' }

function entry(pid: number, changes: Partial<ProcEntry> = {}): ProcEntry {
  return {
    pid,
    ppid: 1,
    session: pid,
    startTime: pid * 10,
    isKernel: false,
    zombie: false,
    cpuTicks: 0,
    rssPages: 0,
    mark: null,
    dye: null,
    ...changes,
  }
}

const leader = entry(10, { mark: 'm' })
const pidsOf = (entries: ProcEntry[]): number[] =>
  treeOf(new ProcessSnapshot(entries), identity, 999)
    .map((one) => one.pid)
    .sort((a, b) => a - b)

test.each([
  ['the leader', [leader], [10]],
  ['its session, whatever its environment', [leader, entry(11, { session: 10 })], [10, 11]],
  ['marked ones in other sessions', [leader, entry(12, { mark: 'm' })], [10, 12]],
  ['dyed ones whose environment and parents are gone', [leader, entry(12, { dye: dyeOf('m') })], [10, 12]],
  ['not one of another dye', [leader, entry(12, { dye: dyeOf('other') })], [10]],
  ['its leader by the dye alone', [entry(10, { dye: dyeOf('m') }), entry(11, { session: 10 })], [10, 11]],
  ['descendants of any of them', [leader, entry(13, { ppid: 12 }), entry(12, { ppid: 10 })], [10, 12, 13]],
  ['marked ones without a leader', [entry(12, { mark: 'm' }), entry(13, { ppid: 12 })], [12, 13]],
  [
    'not the session of one that reused the pid',
    [entry(10, { startTime: 7 }), entry(11, { session: 10 })],
    [],
  ],
  ['not the session of a leader that is gone', [entry(11, { session: 10 })], []],
  ['not one with another mark', [leader, entry(12, { mark: 'other' })], [10]],
  [
    'no zombies, but their children',
    [leader, entry(11, { ppid: 10, zombie: true }), entry(12, { ppid: 11 })],
    [10, 12],
  ],
  ['not ourselves', [leader, entry(999, { mark: 'm' }), entry(1000, { ppid: 999 })], [10]],
])('a tree is %s', (_name, entries, pids) => {
  expect(pidsOf(entries)).toEqual(pids)
})

test('a loop of parents, as a half-read /proc may show, ends', () => {
  expect(pidsOf([leader, entry(11, { ppid: 12, mark: 'm' }), entry(12, { ppid: 11 })])).toEqual([10, 11, 12])
})

test('a name with brackets and spaces does not shift the fields of stat', () => {
  const fields = 'S 3 4 5 6 7 8 9 10 11 12 100 200 1 2 20 0 1 0 777 9999 42 0 0'
  expect(parseStat(`7 (a) b) (c) ${fields}`)).toEqual({
    pid: 7,
    ppid: 3,
    session: 5,
    startTime: 777,
    isKernel: false,
    zombie: false,
    cpuTicks: 303,
    rssPages: 42,
  })
  expect(parseStat('')).toBeUndefined()
  expect(parseStat('7 (x')).toBeUndefined()
})

test.each([
  ['A=1\0JRCTL_MARK=abc\0B=2\0', 'abc'],
  ['JRCTL_MARK=abc', 'abc'],
  ['JRCTL_MARK=\0', ''],
  ['XJRCTL_MARK=abc\0', null],
  ['A=JRCTL_MARK=abc\0', null],
  ['', null],
])('the mark in %j is %j', (environ, mark) => {
  expect(markIn(environ)).toBe(mark)
})

test('the units of the machine are plausible', () => {
  const units = readMachineUnits()
  expect([4096, 16384, 65536]).toContain(units.pageBytes)
  expect([100, 250, 300, 1000]).toContain(units.ticksPerSecond)
})

test.each([
  ['0\n', 0, null],
  ['75\n', 75, null],
  ['128\n', 128, null],
  ['137\n', null, 'SIGKILL'],
  ['255\n', 255, null],
])('the exit file %j is code %s, signal %s', (text, code, signal) => {
  expect(exitOfFile(text)).toEqual({ code, signal, source: 'file' })
})

test.each(['', '0', '12', 'x\n', '1234\n', '0\n0\n'])('the exit file %j tells nothing', (text) => {
  expect(exitOfFile(text).source).toBe('unknown')
})

test('a status is told with where it was learned', () => {
  expect(exitOfStatus(143, 'wait')).toEqual({ code: null, signal: 'SIGTERM', source: 'wait' })
})

test.each(['/bin/sh', '/bin/bash', '/bin/dash', '/bin/busybox'].filter((shell) => existsSync(shell)))(
  'the shim works under %s: code, output, exit file, a clean environment',
  (shell) => {
    const dir = mkdtempSync(join(tmpdir(), 'jrctl-shim-'))
    try {
      const exitFile = join(dir, 'x.exit')
      const script = 'echo out; ulimit -n; ulimit -m; echo err >&2; env >&2; kill -KILL $$'
      const [, ...args] = shimCommand({
        exitFile,
        command: ['/bin/sh', '-c', script],
        env: { A: '1' },
        dyeKib: dyeKibOf('m'),
        openFiles: 128,
      })
      const run = spawnSync(shell, args, {
        argv0: 'sh',
        env: { A: '1' },
        stdio: ['ignore', 'pipe', 'pipe'],
        encoding: 'utf8',
      })
      expect(run.status).toBe(137)
      expect(run.stdout).toBe(`out\n128\n${dyeKibOf('m')}\n`)
      expect(run.stderr.replace(/^(_|PWD|OLDPWD|SHLVL)=.*\n/gm, '')).toBe('err\nA=1\n')
      expect(readFileSync(exitFile, 'utf8')).toBe('137\n')
    } finally {
      rmSync(dir, { recursive: true, force: true })
    }
  },
)

test('a step that fails keeps the command from running, and says so in the log', () => {
  const dir = mkdtempSync(join(tmpdir(), 'jrctl-shim-'))
  try {
    const [shell, ...args] = shimCommand({
      exitFile: join(dir, 'x.exit'),
      command: ['/bin/echo', 'ran'],
      env: {},
      dyeKib: dyeKibOf('m'),
      cgroupProcs: join(dir, "gone's", 'cgroup.procs'),
    })
    const run = spawnSync(shell, args, { env: {}, encoding: 'utf8' })
    expect(run.stdout).toBe('')
    expect(run.stderr).toContain("gone's/cgroup.procs")
    expect(readFileSync(join(dir, 'x.exit'), 'utf8')).toBe('125\n')
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
})

test('a dye is what the kernel tells of the limit that the shell sets, and no bound that anybody means', () => {
  const line = (bytes: number | string): string => `Max resident set          ${bytes}   ${bytes}   bytes\n`
  expect(dyeIn(line(dyeOf('m')))).toBe(dyeOf('m'))
  expect(dyeOf('m')).toBe(dyeKibOf('m') * 1024)
  expect(Number.isSafeInteger(dyeOf('m'))).toBe(true)
  expect(dyeOf('m')).not.toBe(dyeOf('n'))
  for (const other of ['unlimited', 0, 2 ** 40, 2 ** 53]) expect(dyeIn(line(other))).toBeNull()
  expect(dyeIn('')).toBeNull()
})

test.each([
  ['0::/a/b\n', '41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n', '/sys/fs/cgroup/a/b'],
  [
    '4:memory:/x\n0::/\n',
    '41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n',
    '/sys/fs/cgroup/unified',
  ],
  ['0::/a/b\n', '41 31 0:38 /a /mnt/with\\040space rw shared:1 - cgroup2 none rw\n', '/mnt/with space/b'],
  ['0::/a/b\n', '41 31 0:38 /c /mnt rw - cgroup2 none rw\n', null],
  ['0::/../b\n', '41 31 0:38 / /mnt rw - cgroup2 none rw\n', null],
  ['4:memory:/x\n', '41 31 0:38 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n', null],
  ['0::/a\n', '41 31 0:38 / /sys/fs/cgroup rw - tmpfs cgroup2 rw\n', null],
])('of %j under %j our own cgroup is %s', (cgroups, mounts, folder) => {
  expect(ownFolder(cgroups, mounts)).toBe(folder)
})

test.each([
  [0, '0B'],
  [1023, '1023B'],
  [1536, '1.5K'],
  [600 * 1024 ** 2, '600M'],
  [2 * 1024 ** 3, '2G'],
  [1.04 * 1024 ** 4, '1T'],
])('%i bytes are %s', (bytes, words) => {
  expect(memoryWords(bytes)).toBe(words)
})

test('the cause of a death by memory names limit and use', () => {
  expect(overMemory(512 * 1024 ** 2, 600 * 1024 ** 2)).toBe('over its memory limit of 512M (used 600M)')
  expect(overMemory(2 * 1024 ** 3, null)).toBe('over its memory limit of 2G')
})
