import { apiLimits } from '../../contract/routes.ts'
import type { Json } from '../../domain/task.ts'
import { messageOf, UserError } from '../../errors.ts'
import type { Cli } from '../command.ts'
import { readText } from '../read-text.ts'

/** What is said, as an argument or (`-`) on stdin; without one there is nothing to say but the topic. */
export async function dataOf(cli: Cli, written: string | undefined): Promise<Json> {
  if (written === undefined) return null
  if (written !== '-') return parseData(written, 'the data')
  const text = await readText({
    stream: cli.stdin,
    name: 'stdin',
    bytesMax: apiLimits.bodyBytes,
    tooLargeHint: 'Write it to a file and send its path.',
  })
  return parseData(text, 'stdin')
}

/**
 * JSON, or else text: `42` is a number and `hello` a word. What begins as an object, a list or a string must be JSON: a slip in
 * it would otherwise be sent as text, and nobody would notice.
 */
export function parseData(text: string, name: string): Json {
  const trimmed = text.trim()
  if (trimmed === '') return null
  try {
    return JSON.parse(trimmed) as Json
  } catch (error) {
    if (!/^[[{"]/.test(trimmed)) return text.replace(/\r?\n$/, '')
    throw new UserError(`${name} is not JSON: ${messageOf(error)}`, {
      hint: 'Quote it for the shell: \'{"eur": 1.08}\'. Plain text is sent as it is.',
    })
  }
}
