import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { installPeers } from '../queue/peers.ts'
import type { Contender } from './contender.ts'
import { plainEnvironment, runCommand } from './programs.ts'

const peers = new URL('../peers/', import.meta.url).pathname
const pm2 = join(peers, 'node_modules/pm2/bin/pm2')

/** pm2 as its documentation runs many of one program: `instances` in an ecosystem file. */
export const pm2Contender: Contender = {
  name: 'pm2',
  setUp: 'defaults (no restart delay)',
  missing() {
    if (existsSync(pm2)) return null
    installPeers()
    return existsSync(pm2) ? null : `npm install --no-save --prefix ${peers} brings it`
  },
  async prepare({ folder, count, command }) {
    const [script, ...args] = command
    const ecosystem = join(folder, 'ecosystem.config.json')
    const app = { name: 'bench', script, args, interpreter: 'none', instances: count, exec_mode: 'fork' }
    await writeFile(ecosystem, JSON.stringify({ apps: [app] }))
    const home = join(folder, '.pm2')
    const env = {
      ...plainEnvironment(folder),
      PM2_HOME: home,
      // The same Node as everybody's.
      PATH: `${dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
    }
    const run = (...words: string[]): Promise<void> =>
      runCommand([process.execPath, pm2, ...words], { cwd: folder, env })
    const launch = (): Promise<void> => run('start', ecosystem)
    return {
      async launch() {
        await launch()
        await run('save')
      },
      relaunch: () => run('resurrect'),
      daemonPid: () => Number(readFileSync(join(home, 'pm2.pid'), 'utf8')),
      shutDown: () => run('kill'),
      status: { argv: [process.execPath, pm2, 'list'], env },
      dispose: async () => {},
    }
  },
}
