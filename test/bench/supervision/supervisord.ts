import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Contender } from './contender.ts'
import { type Foreground, isInstalled, plainEnvironment, startForeground } from './programs.ts'

/** supervisord, many of one program by `numprocs`. */
export const supervisordContender: Contender = {
  name: 'supervisord',
  setUp: 'defaults, `autorestart = true`',
  missing: () => (isInstalled('supervisord') ? null : 'apt-get install supervisor brings it'),
  async prepare({ folder, count, command }) {
    const file = join(folder, 'supervisord.conf')
    await writeFile(file, configuration(folder, count, command))
    const env = plainEnvironment(folder)
    let daemon: Foreground | null = null
    const running = (): Foreground => {
      if (daemon === null) throw new Error('supervisord was not launched')
      return daemon
    }
    const launch = async (): Promise<void> => {
      daemon = await startForeground(['supervisord', '-c', file], {
        cwd: folder,
        env,
        log: join(folder, 'out'),
      })
    }
    return {
      launch,
      relaunch: launch,
      daemonPid: () => running().pid,
      async shutDown() {
        process.kill(running().pid, 'SIGTERM')
        await running().exited
      },
      status: { argv: ['supervisorctl', '-c', file, 'status'], env },
      dispose: async () => {},
    }
  },
}

const configuration = (folder: string, count: number, command: readonly string[]): string => `[supervisord]
nodaemon = true
logfile = ${folder}/supervisord.log
pidfile = ${folder}/supervisord.pid
childlogdir = ${folder}
[unix_http_server]
file = ${folder}/socket
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://${folder}/socket
[program:bench]
command = ${command.join(' ')}
process_name = %(program_name)s_%(process_num)03d
numprocs = ${count}
autorestart = true
`
