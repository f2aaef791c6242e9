/** Takes the lock of a state directory, says what came of it, and holds it until it is ended. */
import { writeSync } from 'node:fs'
import { lockState } from '../../../src/adapters/sqlite/lock.ts'

const dir = process.argv[2]
if (dir === undefined) throw new Error('usage: hold-lock.ts DIRECTORY')
const lock = lockState(dir)
writeSync(1, `${JSON.stringify(lock)}\n`)
if (lock.kind === 'held') setInterval(() => {}, 60_000)
