import type { LogRotator, Rotation } from '../../src/ports/log-files.ts'

export interface FakeLogRotator extends LogRotator {
  /** Paths that were looked at, in order. */
  readonly looked: readonly string[]
  /** What the next looks at a path find; an error is thrown. Without an answer a log is small. */
  readonly answers: Map<string, Rotation | Error>
}

/** Rotates nothing, and tells what it was asked. */
export function fakeLogRotator(): FakeLogRotator {
  const looked: string[] = []
  const answers = new Map<string, Rotation | Error>()
  return {
    looked,
    answers,
    async rotate(path: string): Promise<Rotation> {
      looked.push(path)
      const answer = answers.get(path) ?? { liveBytes: 0, cutOff: [], deleted: [] }
      if (answer instanceof Error) throw answer
      return answer
    },
  }
}
