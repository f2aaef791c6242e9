/** The command of `jrctl work --stream` in the bench: a task a line in, a result a line out, nothing done between. */
import { createInterface } from 'node:readline'
import { reporter } from '../peers/report.mjs'

const start = reporter()
for await (const line of createInterface({ input: process.stdin })) {
  const { attempt, task } = JSON.parse(line)
  if (task === undefined) continue
  start(Number(task.description))
  process.stdout.write(`{"attempt":"${attempt}","result":null}\n`)
}
process.exit(0)
