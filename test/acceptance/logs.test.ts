import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { type Place, jrctl, jrctlPath, start, temporaryPlace } from '../support/jrctl.ts'
import { type TestFleet, startFleet } from './fleet.ts'

let fleet: TestFleet | undefined
let place: Place | undefined
afterEach(async () => {
  await fleet?.end()
  fleet = undefined
  await place?.remove()
  place = undefined
})

const lines = 50_000
const settings = '[logs]\nrotate_size = "64K"\nkeep = 100\n'
const worker = `[[workers]]\nname = "a_jr"\ncommand = ["sh", "-c", "seq 1 ${lines}; echo done; exec sleep 1000"]\n`

/** Numbers from 1 on, each in a line of its own; how many. */
function counted(text: string): number {
  const numbers = text.split('\n').filter((line) => /^\d+$/.test(line))
  const wrong = numbers.findIndex((number, index) => number !== String(index + 1))
  if (wrong >= 0) throw new Error(`line ${wrong} is ${numbers[wrong]}`)
  return numbers.length
}

describe("workers' logs (spec §4)", () => {
  it('are rotated under their writers, and are one without a gap across the death of a daemon, read with and without one', async () => {
    const on = (fleet = await startFleet(worker, settings))
    const following = start(on.place, ['logs', 'a_jr', '-f', '-n', '100000'])
    await following.said(/^done$/m)
    on.daemon.child.kill('SIGKILL')
    await on.daemon.exited
    expect(counted((await on.jrctl('logs', 'a_jr', '--raw', '-n', '100000')).stdout)).toBe(lines)

    on.daemon = start(on.place, ['daemon'])
    const told = start(on.place, ['logs', '-f'])
    await told.said(/Rotated .*a_jr\.log into /)
    told.child.kill('SIGINT')
    expect(counted((await on.jrctl('logs', 'a_jr', '-n', '100000')).stdout)).toBe(lines)
    expect((await on.jrctl('logs', 'a_jr', '-n', '2')).stdout).toBe(`${lines}\ndone\n`)
    following.child.kill('SIGINT')
    expect(await following.exited).toBe(0)
    expect(counted(following.stdout())).toBe(lines)
  })

  it('reach whoever reads slowly to the last line', async () => {
    place = await temporaryPlace()
    mkdirSync(join(place.dir, 'logs'))
    await writeFile(join(place.dir, 'jrctl.toml'), `[logs]\ndir = "logs"\n${worker}`)
    const text = Array.from({ length: lines }, (_, index) => `${index + 1}\n`).join('')
    await writeFile(join(place.dir, 'logs', 'a_jr.log'), text)
    // A pager at which nobody has pressed a key yet.
    const slowly = `"$0" logs a_jr -n 100000 | { sleep 1; exec cat; }`
    const child = spawn('sh', ['-c', slowly, jrctlPath], { cwd: place.dir, env: place.env })
    let read = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (read += chunk))
    await once(child, 'close')
    expect(read).toBe(text)
  })

  it('a name that has none ends with 3', async () => {
    place = await temporaryPlace()
    await writeFile(join(place.dir, 'jrctl.toml'), worker)
    expect(await jrctl(place, ['logs', 'b_jr'])).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(
        /there is no worker b_jr, and no log of one\n {2}Did you mean "a_jr"\? There are: a_jr\.\n/,
      ),
    })
  })
})
