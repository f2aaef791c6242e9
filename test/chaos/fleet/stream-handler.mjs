// handler.sh for `jrctl work --stream`: the same steps into the same effects file, many tasks at a time. An attempt's mark is the
// id by which the protocol knows it.
import { fsyncSync, openSync, writeSync } from 'node:fs'
import { uptime } from 'node:os'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

const effects = openSync(process.argv[2], 'a')
const cancelled = new Set()

function effect(step, { attempt, key, task }) {
  writeSync(effects, `${step} ${task.id} ${task.attempt} ${attempt} ${key} ${uptime().toFixed(2)}\n`)
  fsyncSync(effects)
}

function answer(message) {
  process.stdout.write(`${JSON.stringify(message)}\n`)
}

async function perform(message) {
  const { attempt, task } = message
  const [kind, hundredths] = task.title.split(' ')
  for (const step of ['start', 'middle']) {
    if (cancelled.has(attempt)) return answer({ attempt, error: 'cancelled' })
    effect(step, message)
    await sleep(Number(hundredths) * 10)
  }
  if (cancelled.has(attempt)) return answer({ attempt, error: 'cancelled' })
  if (kind === 'die') process.kill(process.pid, 'SIGKILL')
  effect('end', message)
  if (kind === 'fail' || (kind === 'ask' && task.attempt === 1)) answer({ attempt, error: kind })
  else if (kind === 'final') answer({ attempt, error: kind, retry: false })
  else answer({ attempt, result: { by: attempt } })
}

for await (const line of createInterface({ input: process.stdin })) {
  const message = JSON.parse(line)
  if (message.cancel !== undefined) cancelled.add(message.attempt)
  else if (message.task !== undefined) void perform(message)
}
