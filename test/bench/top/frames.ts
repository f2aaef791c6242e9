import type { TopInPty } from './pty.ts'

/** The end of what a terminal is to show at once (synchronized output). */
const frameEnd = '\u001B[?2026l'

/** Bytes of each frame that was written from one time to another. */
export function frameBytes({ written }: TopInPty, fromMs: number, toMs: number): number[] {
  const text = written
    .filter(({ atMs }) => atMs >= fromMs && atMs < toMs)
    .map((piece) => piece.text)
    .join('')
  return text
    .split(frameEnd)
    .filter((frame) => frame !== '')
    .map((frame) => Buffer.byteLength(frame))
}

export function bytesWritten(top: TopInPty, fromMs: number, toMs: number): number {
  return frameBytes(top, fromMs, toMs).reduce((sum, bytes) => sum + bytes, 0)
}
