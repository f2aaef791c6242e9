/** Takes the lock of a state directory, says what came of it, and holds it until it is ended. */
import { writeSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { lockState } from '../../../src/adapters/sqlite/lock.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const dir = process.argv[2]
if (dir === undefined) throw new Error('usage: hold-lock.ts DIRECTORY')
const { kind, answer } = take(dir)
// Nothing refers to the lock from here on; it is not garbage for that.
setImmediate(() => {
  collectGarbage()
  writeSync(1, `${answer}\n`)
  if (kind === 'held') setInterval(() => {}, 60_000)
})

function take(stateDir: string): { kind: string; answer: string } {
  const lock = lockState(stateDir)
  return { kind: lock.kind, answer: JSON.stringify(lock) }
}
