import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { ApiToken } from '../api/api-token.ts'
import { Secret, type Policy } from '../config/policy.ts'
import { messageOf, UserError } from '../errors.ts'
import type { Random } from '../ports/random.ts'

/** Over an exposed port a short one could be guessed. */
const tokenCharacters = { min: 16, max: 4096 }
export const apiTokenVariable = 'JRCTL_API_TOKEN'

/**
 * The API token: of the environment, else of the file that the configuration names, else the one that was made at the first start
 * and is kept in the state directory, for its owner alone. Throws UserError.
 */
export async function obtainApiToken(
  { api, stateDir }: Pick<Policy, 'api' | 'stateDir'>,
  env: NodeJS.ProcessEnv,
  random: Random,
): Promise<ApiToken> {
  const given = await givenToken(api, env)
  if (given !== null) return given
  const file = join(stateDir, 'api-token')
  return fromFile(file, await keptToken(file, random))
}

/** What was given is looked at before anything starts; what is made is made later. Throws UserError. */
export async function checkApiToken({ api }: Pick<Policy, 'api'>, env: NodeJS.ProcessEnv): Promise<void> {
  if (api.listen !== null) await givenToken(api, env)
}

/** Null: none was. */
async function givenToken(
  { tokenFile }: Pick<Policy['api'], 'tokenFile'>,
  env: NodeJS.ProcessEnv,
): Promise<ApiToken | null> {
  const text = env[apiTokenVariable] ?? ''
  if (text !== '')
    return {
      secret: checked(text.trim(), `the variable ${apiTokenVariable}`),
      from: { variable: apiTokenVariable },
    }
  return tokenFile === null ? null : fromFile(tokenFile, await textOf(tokenFile))
}

function fromFile(file: string, text: string): ApiToken {
  return { secret: checked(text.trim(), `the file ${file}`), from: { file } }
}

/** The file's text; it is made, whole or not at all, when it is not there. Of two who make it the first wins. */
async function keptToken(file: string, random: Random): Promise<string> {
  const begun = `${file}.${random.hex(4)}`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const known = await readFile(file, 'utf8').catch(absentAs(null))
    if (known !== null) return known
    await writeFile(begun, `${random.hex(32)}\n`, { flag: 'wx', mode: 0o600 })
    await link(begun, file).catch(unlessThere)
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  } finally {
    await rm(begun, { force: true })
  }
}

function absentAs<T>(value: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return value
    throw error
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

function checked(token: string, from: string): Secret {
  const { min, max } = tokenCharacters
  if (/^[\w.~+/-]+=*$/.test(token) && token.length >= min && token.length <= max) return new Secret(token)
  throw new UserError(`the API token is to be in ${from}, which holds something else`, {
    hint: `It has ${min} to ${max} letters, digits and "-._~+/", and nothing stands beside it. openssl rand -hex 32 makes one.`,
  })
}

function unreadable(file: string, cause: unknown): UserError {
  return new UserError(`the API token cannot be read from ${file}: ${messageOf(cause)}`, {
    hint: 'It is named by [api] token_file, or kept in the state directory; check the path and its permissions.',
    cause,
  })
}
