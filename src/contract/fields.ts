import { z } from 'zod'

/** A text of at most `maxBytes` bytes of UTF-8. Postgres cannot hold NUL, and half a surrogate pair is no text. */
export function text(maxBytes: number, minCharacters = 0) {
  return z.string().superRefine((value, context) => {
    const problem = textProblem(value, maxBytes, minCharacters)
    if (problem) context.addIssue({ code: 'custom', message: problem })
  })
}

function textProblem(value: string, maxBytes: number, minCharacters: number): string | undefined {
  const bytes = Buffer.byteLength(value)
  if (bytes > maxBytes) return `is ${bytes} bytes long; at most ${maxBytes} are allowed`
  if (value.trim().length < minCharacters) return 'is empty; say something'
  if (value.includes('\0')) return 'contains a NUL byte, which the database cannot hold'
  if (!value.isWellFormed()) return 'contains half of a surrogate pair, which is not Unicode text'
  return undefined
}

/** A number that may arrive as text, in a path or a query. */
export const fromText = <T extends z.ZodType>(schema: T) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value),
    schema,
  )

/** A yes or no that may arrive as text, in a query. */
export const flag = (usual: boolean) =>
  z.preprocess(
    (value) => (value === 'true' ? true : value === 'false' ? false : value),
    z.boolean().default(usual),
  )

export const id = fromText(z.int().min(1))
export const epochMs = z.int().min(0).max(8.64e15)
