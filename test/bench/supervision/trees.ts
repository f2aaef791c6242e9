import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender, Wanted } from './contender.ts'
import { type Foreground, isInstalled, plainEnvironment, runCommand, startForeground } from './programs.ts'

/** runit and s6: a folder a service, one small supervisor for each, and one that looks after these. */
export const runitContender: Contender = {
  name: 'runit',
  setUp: 'defaults',
  missing: () => (isInstalled('runsvdir') ? null : 'apt-get install runit brings it'),
  prepare: (wanted) =>
    prepareTree(wanted, {
      scanner: (services) => ['runsvdir', '-P', services],
      status: ['sv', 'status'],
      // runsvdir(8): "If runsvdir receives a HUP signal, it sends a TERM signal to each runsv and then exits 111."
      async stop(pid) {
        process.kill(pid, 'SIGHUP')
      },
    }),
}

export const s6Contender: Contender = {
  name: 's6',
  setUp: 'defaults',
  missing: () => (isInstalled('s6-svscan') ? null : 'apt-get install s6 brings it'),
  prepare: (wanted) =>
    prepareTree(wanted, {
      scanner: (services) => ['s6-svscan', services],
      status: ['sh', '-c', 'for service; do s6-svstat "$service"; done', 'sh'],
      // s6-svscanctl(1): -t brings down all services, waits for them, and exits.
      stop: (_, services, at) => runCommand(['s6-svscanctl', '-t', services], at),
    }),
}

type At = { cwd: string; env: Record<string, string> }

interface Kind {
  scanner(services: string): [string, ...string[]]
  /** The services' folders follow. */
  status: [string, ...string[]]
  stop(pid: number, services: string, at: At): Promise<void>
}

async function prepareTree({ folder, count, command }: Wanted, kind: Kind) {
  const services = join(folder, 'services')
  const folders = Array.from({ length: count }, (_, index) => join(services, `bench-${index}`))
  for (const service of folders) await writeService(service, command)
  const env = plainEnvironment(folder)
  const at = { cwd: folder, env }
  let scanner: Foreground | null = null
  const running = (): Foreground => {
    if (scanner === null) throw new Error('it was not launched')
    return scanner
  }
  const launch = async (): Promise<void> => {
    scanner = await startForeground(kind.scanner(services), { ...at, log: join(folder, 'out') })
  }
  return {
    launch,
    relaunch: launch,
    daemonPid: () => running().pid,
    async shutDown() {
      await kind.stop(running().pid, services, at)
      await running().exited
    },
    status: { argv: [...kind.status, ...folders] as [string, ...string[]], env },
    dispose: async () => {},
  }
}

async function writeService(folder: string, command: readonly string[]): Promise<void> {
  const run = join(folder, 'run')
  await mkdir(folder, { recursive: true })
  await writeFile(run, `#!/bin/sh\nexec ${command.join(' ')} 2>&1\n`)
  await chmod(run, 0o755)
}
