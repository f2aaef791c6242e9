// A worker that writes numbered lines, 10,000 a second, until it is told to end; then it tells the file named first how many.
import { writeFileSync, writeSync } from 'node:fs'

const [toldFile] = process.argv.slice(2)
const linesPerSecond = 10_000
const everyMs = 10
const padding = 'x'.repeat(60)
let written = 0
let ending = false

process.on('SIGTERM', () => (ending = true))
const startMs = performance.now()

/** As many as are due: a pause of this process is made up for. */
function write() {
  const due = Math.floor(((performance.now() - startMs) / 1000) * linesPerSecond)
  let text = ''
  while (written < due) text += `${(written += 1)} ${padding}\n`
  // A file takes it all at once, unless the disk is full.
  if (text !== '' && writeSync(1, text) !== text.length) throw new Error('a short write')
  if (!ending) return
  writeFileSync(toldFile, String(written))
  process.exit(0)
}

setInterval(write, everyMs)
