// Preloaded into the processes of a run: the wall clock jumps by as many milliseconds as the file says. Postgres and the
// monotonic clock stay true, as they do when somebody sets a machine's date.
import { readFileSync } from 'node:fs'

const file = process.env.JRCTL_TEST_CLOCK_FILE
const trueNow = Date.now
const TrueDate = Date
let offsetMs = 0

class JumpingDate extends TrueDate {
  constructor(...args) {
    if (args.length === 0) super(trueNow() + offsetMs)
    else super(...args)
  }
  static now() {
    return trueNow() + offsetMs
  }
}

if (file !== undefined) {
  globalThis.Date = JumpingDate
  const look = () => {
    try {
      offsetMs = Number(readFileSync(file, 'utf8')) || 0
    } catch {
      offsetMs = 0
    }
  }
  look()
  setInterval(look, 100).unref()
}
