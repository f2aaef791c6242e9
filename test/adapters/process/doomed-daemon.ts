import { systemClock } from '../../../src/adapters/clock.ts'
import { createProcessHost } from '../../../src/adapters/process/process-host.ts'
import { fakeLogger } from '../../fakes/logger.ts'

/** Starts a worker, tells its identity, and waits to be killed. Arguments: run folder, mark, log file, command. */
const [runDir = '', mark = '', logFile = '', program = '', ...args] = process.argv.slice(2)
const host = createProcessHost({ runDir, clock: systemClock(), logger: fakeLogger() })
const env = { PATH: process.env['PATH'] ?? '' }
const { identity } = await host.spawn({ command: [program, ...args], cwd: '/', env, logFile, mark })
process.stdout.write(`${JSON.stringify(identity)}\n`)
process.stdin.resume()
