import { readFile } from 'node:fs/promises'
import { UserError, messageOf } from '../errors.ts'
import { Secret } from './policy.ts'

/** A file with more than this is not a password. */
const secretBytesMax = 4096

/** Reads a secret from a file; its last line break is not part of it. */
export async function readSecretFile(path: string): Promise<Secret> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new UserError(`the password file ${path} cannot be read: ${messageOf(error)}`, {
      hint: 'It is named by [queue] password_file; check the path and its permissions.',
      cause: error,
    })
  })
  const secret = text.replace(/\r?\n$/, '')
  if (secret === '' || secret.length > secretBytesMax) {
    throw new UserError(
      `the password file ${path} holds ${secret.length} characters, allowed are 1 to ${secretBytesMax}`,
      {
        hint: 'It holds the password and nothing else.',
      },
    )
  }
  return new Secret(secret)
}
