import { styleText } from 'node:util'
import { apiVersion } from '../contract/views.ts'

export type Style = Parameters<typeof styleText>[0]

/** Data goes to stdout, messages to stderr; colour only where a person looks. */
export interface Output {
  /** Columns of the terminal, or `pipeColumns`. */
  readonly columns: number
  readonly isTerminal: boolean
  /** A line of data. */
  line(text?: string): void
  /** A shape of data, versioned. */
  json(shape: object): void
  /** A message for a person. */
  note(text: string): void
  style(style: Style, text: string): string
}

export interface OutputStreams {
  stdout: NodeJS.WritableStream & { isTTY?: boolean; columns?: number }
  stderr: NodeJS.WritableStream
}

/** What reads a pipe has no edge to cut at; only an unreasonable line is. */
const pipeColumns = 200

/** `colour` as asked: false with --no-color; else terminals get it unless NO_COLOR is set (no-color.org). */
export function createOutput(
  { stdout, stderr }: OutputStreams,
  options: { colour: boolean; env: Readonly<Record<string, string | undefined>> },
): Output {
  const isTerminal = stdout.isTTY === true
  const coloured = options.colour && isTerminal && !options.env['NO_COLOR'] && options.env['TERM'] !== 'dumb'
  return {
    columns: isTerminal ? Math.max(40, stdout.columns ?? 80) : pipeColumns,
    isTerminal,
    line: (text = '') => void stdout.write(`${text}\n`),
    json: (shape) =>
      void stdout.write(`${JSON.stringify({ apiVersion, ...shape }, null, isTerminal ? 2 : 0)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    style: (style, text) => (coloured ? styleText(style, text, { validateStream: false }) : text),
  }
}
