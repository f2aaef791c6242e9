/**
 * `npm run bench [-- NAME…]`: measures what the project promises, on this machine, and writes its part of
 * test/bench/RESULTS.md. A name is a section, or the beginning of several (`queue`). Ratios within a run are worth more than
 * absolute times: machines are noisy.
 */
import { sections } from './sections.ts'
import { showMeasured, writeSection } from './results-page.ts'
import { isTrial } from './scale.ts'

const wanted = process.argv.slice(2)
const isWanted = (name: string): boolean =>
  wanted.length === 0 || wanted.some((start) => name === start || name.startsWith(`${start}-`))
const chosen = sections.filter(({ name }) => isWanted(name))
if (chosen.length === 0) {
  const names = sections.map(({ name }) => name).join(', ')
  process.stderr.write(`no bench is called ${wanted.join(' or ')}; there are: ${names}\n`)
  process.exit(2)
}
for (const section of chosen) {
  const { name, title } = section
  process.stderr.write(`${name} …\n`)
  const measured = await section.run()
  process.stdout.write(`${showMeasured(measured)}\n\n`)
  if (!isTrial) await writeSection(name, title, measured)
}
