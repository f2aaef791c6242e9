import { readFile } from 'node:fs/promises'
import { UserError, messageOf } from '../errors.ts'
import type { Environment } from './paths.ts'
import { type GatewayPolicy, Secret, type UpstreamPolicy } from './policy.ts'

/** A file with more than this is no key. */
const keyCharactersMax = 4096

/** An upstream's key, from where its policy says; null: it has none. Throws UserError. */
export async function readUpstreamKey(
  { name, key }: Pick<UpstreamPolicy, 'name' | 'key'>,
  env: Environment,
): Promise<Secret | null> {
  if (key === null) return null
  const text = 'env' in key ? env[key.env] : await textOf(name, key.file)
  const from = 'env' in key ? `the variable ${key.env}` : `the file ${key.file}`
  const secret = (text ?? '').trim()
  // What a header may hold; anything else would fail at each request, and show itself in the failure.
  if (/^[\x21-\x7E]+$/.test(secret) && secret.length <= keyCharactersMax) return new Secret(secret)
  const found = secret === '' ? 'holds none' : 'holds something else'
  throw new UserError(`the key of the upstream "${name}" is to be in ${from}, which ${found}`, {
    hint:
      'env' in key
        ? `Set ${key.env} in the daemon's environment, or take key_env out of [[gateway.upstreams]] if it needs no key.`
        : 'The file holds the key and nothing else.',
  })
}

/** All of them, so that a missing one is told before anything starts. */
export async function checkUpstreamKeys(gateway: GatewayPolicy, env: Environment): Promise<void> {
  if (gateway.enabled) await Promise.all(gateway.upstreams.map((upstream) => readUpstreamKey(upstream, env)))
}

async function textOf(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new UserError(
      `the key of the upstream "${name}" cannot be read from ${path}: ${messageOf(error)}`,
      {
        hint: 'It is named by key_file of its [[gateway.upstreams]]; check the path and its permissions.',
        cause: error,
      },
    )
  }
}
