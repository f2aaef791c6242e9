import { systemClock } from '../../../src/adapters/clock.ts'
import { createLogRotator } from '../../../src/adapters/logs/rotator.ts'

/** A daemon, as it were, that rotates `path` and kills itself the `nth` time that it reaches `point`. */
const [path = '', point, nth] = process.argv.slice(2)
let left = Number(nth)
const rotator = createLogRotator({
  clock: systemClock(),
  reached: (at) => {
    if (at !== point) return
    left -= 1
    if (left === 0) process.kill(process.pid, 'SIGKILL')
  },
})
await rotator.rotate(path, { rotateSizeBytes: 200_000, rotateAgeMs: null, keep: 100, compress: true })
