import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { createLogSink } from '../../src/worker/log-sink.ts'
import { collect } from './support/fixture-runner.ts'

/** A log that takes nothing until it is let go. */
function slowLog() {
  const written: string[] = []
  let held: (() => void) | undefined
  let isOpen = false
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written.push(chunk.toString())
      if (isOpen) done()
      else held = done
    },
  })
  const open = (): Promise<void> => {
    isOpen = true
    const drained = new Promise<void>((resolve) => {
      stream.once('drain', resolve)
    })
    held?.()
    return drained
  }
  return { stream, written, open }
}

test('lines go on whole, with their prefix, in order', async () => {
  const written: string[] = []
  const sink = createLogSink(collect(written))
  sink.write('#1 ', 'a')
  sink.write('#2 ', 'b')
  await Promise.resolve()
  sink.write('#1 ', 'c')
  await Promise.resolve()
  expect(written.join('')).toBe('#1 a\n#2 b\n#1 c\n')
})

test('a long line is cut', async () => {
  const written: string[] = []
  createLogSink(collect(written)).write('', 'x'.repeat(1_000_000))
  await Promise.resolve()
  expect(written.join('')).toBe(`${'x'.repeat(4096)}…\n`)
})

test('a slow log holds at most a megabyte; what is dropped is counted and told in the log', async () => {
  const { stream, written, open } = slowLog()
  const sink = createLogSink(stream)
  const line = 'x'.repeat(999)
  for (let count = 0; count < 5000; count++) {
    sink.write('', line)
    if (count % 100 === 0) await Promise.resolve()
  }
  expect(stream.writableLength).toBeLessThan(1.1e6)
  const dropped = sink.droppedLines
  expect(dropped).toBeGreaterThan(3000)
  await open()
  sink.write('', 'again')
  await Promise.resolve()
  expect(
    written.join('').endsWith(`jrctl: ${dropped} lines dropped here, the log was too slow\nagain\n`),
  ).toBe(true)
  expect(written.join('').match(/x+\n/g)?.length).toBe(5000 - dropped)
})
