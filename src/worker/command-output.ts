import { taskLimits } from '../domain/task.ts'
import { createLineSplitter } from './line-splitter.ts'
import type { OutputLine } from './line-splitter.ts'
import { parseProgressLine } from './progress-line.ts'
import type { Progress } from './progress-line.ts'
import { createTailRing } from './tail-ring.ts'

export interface OutputSink {
  push(chunk: Buffer): void
  end(): void
}

/** What is kept of a command's output: bounded tails, and the last line of stdout in case it is the result. */
export interface CommandOutput {
  stdout: OutputSink
  stderr: OutputSink
  lastLine(): string | null
  stdoutTail(): string
  stderrTail(): string
}

export interface OutputListener {
  progress(progress: Progress): void
  /** Every line but progress, for the worker's log. */
  line(stream: 'stdout' | 'stderr', line: OutputLine): void
}

/** The tail of stderr goes into the error, where a control character takes three bytes to show, besides a sentence. */
const stderrTailBytes = taskLimits.errorBytes / 4
/** With the mark of the cut it stays within what a row keeps of an output. */
const stdoutTailBytes = taskLimits.outputBytes - 1024

/** Memory: at most three times `resultBytes` a command, whatever it prints. */
export function createCommandOutput(listener: OutputListener): CommandOutput {
  const stdoutTail = createTailRing(stdoutTailBytes)
  const stderrTail = createTailRing(stderrTailBytes)
  let lastLine: string | null = null

  const stdout = createLineSplitter(taskLimits.resultBytes, (line) => {
    const progress = line.cutBytes === 0 ? parseProgressLine(line.text) : undefined
    if (progress !== undefined) return listener.progress(progress)
    if (line.text.trim() !== '') lastLine = line.cutBytes === 0 ? line.text : null
    stdoutTail.push(shown(line))
    listener.line('stdout', line)
  })
  const stderr = createLineSplitter(stderrTailBytes, (line) => {
    stderrTail.push(shown(line))
    listener.line('stderr', line)
  })
  return {
    stdout,
    stderr,
    lastLine: () => lastLine,
    stdoutTail: () => stdoutTail.text(),
    stderrTail: () => stderrTail.text(),
  }
}

function shown({ text, cutBytes }: OutputLine): string {
  return cutBytes === 0 ? `${text}\n` : `${text}… [${cutBytes} bytes cut]\n`
}
