import { messageOf, UserError } from '../errors.ts'

export interface TextSource {
  stream: AsyncIterable<string | Buffer>
  /** What messages call it. */
  name: string
  bytesMax: number
  /** What to do when it is larger. */
  tooLargeHint: string
}

/** All of a stream, as UTF-8. Throws UserError when it is larger than it may be, cannot be read, or is something else. */
export async function readText({ stream, name, bytesMax, tooLargeHint }: TextSource): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of stream) {
      const piece = typeof chunk === 'string' ? Buffer.from(chunk) : chunk
      bytes += piece.length
      if (bytes > bytesMax)
        throw new UserError(`${name} is larger than ${bytesMax} bytes`, { hint: tooLargeHint })
      chunks.push(piece)
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    const isFolder = error instanceof Error && 'code' in error && error.code === 'EISDIR'
    throw new UserError(`cannot read ${name}: ${isFolder ? 'it is a folder' : messageOf(error)}`, {
      cause: error,
    })
  }
  return decode(Buffer.concat(chunks), name)
}

function decode(bytes: Buffer, name: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw new UserError(`${name} is not UTF-8`, {
      hint: 'Convert it, for instance: iconv -f latin1 -t utf-8',
    })
  }
}
