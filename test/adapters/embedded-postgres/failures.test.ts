import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { embeddedFailure, tailOf } from '../../../src/adapters/embedded-postgres/failure.ts'
import { scratch, scratchDir } from './scratch.ts'

describe('what PostgreSQL says gets a code and a next step', () => {
  test.each<[string, string, RegExp]>([
    [
      'FATAL:  could not write to file "pg_wal/xlogtemp.9": No space left on device',
      'embedded.disk_full',
      /Free/,
    ],
    ['WARNING: x\nFATAL:  could not create any TCP/IP sockets', 'embedded.port_taken', /start again/],
    ['FATAL:  database files are incompatible with server', 'embedded.version', /JRCTL_POSTGRES_BIN/],
    ['postgres: error while loading shared libraries: libicu.so.60', 'embedded.library_missing', /Install/],
    ['FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use', 'embedded.orphans', /again/],
    ['FATAL:  could not resize shared memory segment', 'embedded.shared_memory', /dev\/shm/],
    ['FATAL:  data directory "/x" has wrong ownership', 'embedded.permission', /state directory/],
    ['FATAL:  "/x/data" is not a valid data directory', 'embedded.damaged', /jrctl restore FILE --force/],
    ['PANIC:  could not locate a valid checkpoint record at 0/1', 'embedded.damaged', /jrctl restore/],
    ['FATAL:  could not open file "global/pg_control": No such file', 'embedded.damaged', /jrctl restore/],
    ['unshare: unshare failed: Operation not permitted', 'embedded.namespace', /max_user_namespaces/],
    ['initdb: could not look up effective user ID 1: ?', 'embedded.nameless_user', /passwd/],
    ['initdb: error: invalid locale name "xx"', 'embedded.locale', /LANG/],
    ['something new', 'embedded.failed', /\[queue\] url/],
  ])('%s', (output, code, hint) => {
    const error = embeddedFailure('It failed', output, '/logs/postgres.log')
    expect(error.code).toBe(code)
    expect(error.hint).toMatch(hint)
    expect(error.message).toBe(`It failed (log: /logs/postgres.log): ${output}`)
  })

  test('a long output is cut to its end', () => {
    const lines = Array.from({ length: 100 }, (_, line) => `line ${line}`)
    expect(tailOf(lines.join('\n') + '\n').split('\n')).toEqual(lines.slice(-8))
  })
})

test('programs that are not there are named', async () => {
  const binaries = await scratchDir()
  const server = await scratch({ binaries })
  await expect(server.start()).rejects.toMatchObject({
    code: 'embedded.no_binaries',
    message: expect.stringContaining(join(binaries, 'postgres')) as string,
  })
})

test('an initdb that fails is quoted, and leaves nothing behind', async () => {
  const binaries = join(await scratchDir(), 'bin')
  await mkdir(binaries, { mode: 0o755 })
  const script = '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "No space left on device" >&2\nexit 1\n'
  for (const name of ['postgres', 'initdb']) await writeFile(join(binaries, name), script, { mode: 0o755 })
  const server = await scratch({ binaries })
  await expect(server.start()).rejects.toMatchObject({ code: 'embedded.disk_full', retryable: true })
  expect((await server.status()).state).toBe('absent')
})
