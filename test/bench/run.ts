/**
 * `npm run bench [-- NAME…]`: measures what the project promises, on this machine, in one run, and writes
 * test/bench/RESULTS.md. Ratios within a run are worth more than absolute times: machines are noisy.
 */
import { writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { idle } from './idle.ts'
import { notify } from './notify.ts'
import type { Figure } from './figure.ts'
import { shortCommand } from './short-command.ts'
import { startUp } from './start-up.ts'

const benches: Record<string, () => Promise<Figure[]>> = {
  'start-up': startUp,
  'short-command': shortCommand,
  idle,
  notify,
}

const wanted = process.argv.slice(2)
const names = wanted.length > 0 ? wanted : Object.keys(benches)
const figures: Figure[] = []
for (const name of names) {
  const bench = benches[name]
  if (bench === undefined) {
    process.stderr.write(`no bench is called ${name}; there are: ${Object.keys(benches).join(', ')}\n`)
    process.exit(2)
  }
  process.stderr.write(`${name} …\n`)
  figures.push(...(await bench()))
}

const rows = figures.map(
  ({ what, measured, target, met }) => `| ${what} | ${measured} | ${target} | ${met ? 'yes' : '**no**'} |`,
)
const table = ['| what | measured | target | met |', '|---|---|---|---|', ...rows].join('\n')
process.stdout.write(`${table}\n`)

if (wanted.length === 0) {
  const page = `# Bench results

${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, embedded PostgreSQL 18.4 with fsync, \`npm run bench\`.
Medians unless a percentile is named. The machine is shared and noisy; compare figures of one run.

${table}
`
  await writeFile(new URL('RESULTS.md', import.meta.url), page)
}
