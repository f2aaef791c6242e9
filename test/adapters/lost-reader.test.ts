import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'

const adapter = new URL('../../src/adapters/lost-reader.ts', import.meta.url).href

/** Says one line, then nothing, and would go on for ever but for the reader's end. */
const program = `
const { watchForLostReader } = await import(${JSON.stringify(adapter)})
const forEver = setInterval(() => {}, 60_000)
const watched = watchForLostReader(process, 1, () => {
  process.stderr.write('lost\\n')
  clearInterval(forEver)
})
process.stderr.write(watched ? 'watched\\n' : 'unwatched\\n')
if (!watched) clearInterval(forEver)
process.stdout.write('a line\\n')
`

let folder: string
beforeEach(() => {
  folder = mkdtempSync('/tmp/jrctl-test-')
  writeFileSync(join(folder, 'program.mjs'), program)
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Answers what the program said on stderr, when it has ended. */
function ran(redirection: string): string {
  const line = `"$0" program.mjs 2> said ${redirection}`
  spawnSync('sh', ['-c', line, process.execPath], { cwd: folder, timeout: 25_000, killSignal: 'SIGKILL' })
  return readFileSync(join(folder, 'said'), 'utf8').replaceAll(/^\(.*\n/gm, '')
}

it.each([['| read line'], ['| { read line; read other < program.mjs; }']])(
  'a pipe whose reader leaves is seen without a word being written: %s',
  (redirection) => {
    expect(ran(redirection)).toBe('watched\nlost\n')
  },
)

it('what is no pipe is not watched', () => {
  expect(ran('> out')).toBe('unwatched\n')
  expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('a line\n')
})
