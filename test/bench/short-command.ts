import { spawnSync } from 'node:child_process'
import { jrctlPath } from '../support/jrctl.ts'
import { type Figure, median } from './figure.ts'
import { startFleet } from './fleet.ts'

const rounds = 25

/** `jrctl status` beside `node -e 0` on the same Node, interleaved. */
export async function shortCommand(): Promise<Figure[]> {
  const fleet = await startFleet(4)
  const time = (command: string, args: string[]) => {
    const startMs = performance.now()
    const { status } = spawnSync(command, args, {
      cwd: fleet.place.dir,
      env: fleet.place.env,
      stdio: 'ignore',
    })
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}`)
    return performance.now() - startMs
  }
  const node: number[] = []
  const status: number[] = []
  for (let round = 0; round < rounds; round++) {
    node.push(time(process.execPath, ['-e', '0']))
    status.push(time(jrctlPath, ['status']))
  }
  await fleet.end()
  const ratio = median(status) / median(node)
  return [
    {
      what: '`jrctl status` against `node -e 0`',
      measured: `${ratio.toFixed(2)} × (${median(status).toFixed(0)} ms against ${median(node).toFixed(0)} ms)`,
      target: '≤ 2.5 ×',
      met: ratio <= 2.5,
    },
  ]
}
