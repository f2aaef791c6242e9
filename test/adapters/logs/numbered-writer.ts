import { openSync, writeSync } from 'node:fs'

/** A worker that writes numbered lines of 100 bytes, each by a write of its own, at a pace. Arguments: path, lines, lines a second. */
const [path = '', count, perSecond] = process.argv.slice(2)
const fd = openSync(path, 'a')
const started = performance.now()
let written = 0

function tick(): void {
  const due = Math.min(Number(count), ((performance.now() - started) / 1000) * Number(perSecond))
  for (; written < due; written++) writeSync(fd, `${String(written).padEnd(99, '.')}\n`)
  if (written < Number(count)) setTimeout(tick, 5)
}

tick()
