import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import { messageOf } from '../errors.ts'
import { ConfigError } from './config-error.ts'
import { maskLine } from './masking.ts'

/** A configuration file as it was read. */
export interface ConfigSource {
  path: string
  text: string
  /** TOML's values; integers too large for a number are bigints. */
  raw: Record<string, unknown>
  /** Permission bits. */
  mode: number
}

/** Far beyond any fleet; a larger file is another file. */
const fileBytesMax = 1_048_576

/** Reads and parses; no key is looked at. Throws ConfigError for what cannot be read and for broken TOML. */
export function readSource(path: string): ConfigSource {
  const { bytes, mode } = readBytes(path)
  const text = decode(bytes, path)
  return { path, text, raw: parseToml(text, path), mode }
}

/**
 * What stands above the line that breaks a file, for who must find a daemon that runs on with what it read before. Undefined
 * when one of `keys` is named from that line on: then the part above says nothing sure.
 */
export function readAbove(
  mistake: ConfigError,
  path: string,
  keys: readonly string[],
): ConfigSource['raw'] | undefined {
  const line = mistake.problems[0]?.line ?? null
  if (line === null) return undefined
  const lines = decode(readBytes(path).bytes, path).split(/\r?\n/)
  const rest = lines.slice(line - 1).join('\n')
  if (keys.some((key) => rest.includes(key))) return undefined
  try {
    return parseToml(lines.slice(0, line - 1).join('\n'), path)
  } catch (error) {
    if (error instanceof ConfigError) return undefined
    throw error
  }
}

function readBytes(path: string): { bytes: Buffer; mode: number } {
  try {
    const fd = openSync(path, 'r')
    try {
      const stat = fstatSync(fd)
      if (!stat.isFile()) throw fileProblem(path, 'this is no file', 'name a TOML file')
      if (stat.size > fileBytesMax)
        throw fileProblem(path, `found ${stat.size} bytes, allowed ${fileBytesMax}`, 'name a smaller file')
      return { bytes: readFileSync(fd), mode: stat.mode & 0o777 }
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    throw error instanceof ConfigError ? error : unreadable(path, error)
  }
}

const causes: Record<string, [message: string, hint: string]> = {
  ENOENT: ['no such file', 'write one (jrctl config example shows every key), or name another with --config'],
  EACCES: ['permission denied', 'let this account read it, or name another with --config'],
  EISDIR: ['this is a folder', 'name the TOML file in it'],
}

function unreadable(path: string, error: unknown): ConfigError {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  const [message, hint] = causes[code] ?? [
    `cannot be read (${code || messageOf(error)})`,
    'name another with --config',
  ]
  return fileProblem(path, message, hint)
}

function fileProblem(where: string, message: string, hint: string): ConfigError {
  return new ConfigError([{ where, line: null, column: null, key: null, message, suggestion: null }], hint)
}

function decode(bytes: Buffer, path: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    throw fileProblem(path, 'found bytes that are no UTF-8, allowed TOML in UTF-8', 'save it as UTF-8')
  }
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text, { integersAsBigInt: 'asNeeded', unsafeKeyBehaviour: 'throw', maxDepth: 32 })
  } catch (error) {
    if (!(error instanceof TomlError)) throw fileProblem(path, messageOf(error), 'see https://toml.io')
    throw syntaxProblem(text, path, error)
  }
}

/** The message of smol-toml goes on with a drawing of the lines around, secrets included: only its first line is used. */
function syntaxProblem(text: string, where: string, error: TomlError): ConfigError {
  const { line, column } = error
  const offending = text.split(/\r?\n/)[line - 1] ?? ''
  const said = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
  const openString = said.startsWith('control characters') && column > offending.length
  const what = openString ? 'the string does not end on its line' : said
  const shown =
    offending.trim() === '' ? 'at the end of the file or on an empty line' : `in: ${maskLine(offending)}`
  const message = `broken TOML: ${what}, ${shown}`
  return new ConfigError([{ where, line, column, key: null, message, suggestion: null }])
}
