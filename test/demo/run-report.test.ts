import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { runReport } from '../../src/demo/report.ts'

const projectDir = new URL('../..', import.meta.url).pathname

async function run(input: string, env: Record<string, string> = {}) {
  const written = { stdout: '', stderr: '' }
  const into = (name: 'stdout' | 'stderr') => ({ write: (text: string) => void (written[name] += text) })
  const code = await runReport({
    stdin: Readable.from([Buffer.from(input)]),
    env: { JRCTL_DEMO_PROJECT: projectDir, ...env },
    stdout: into('stdout'),
    stderr: into('stderr'),
  })
  return { code, ...written }
}

function task(request: object): string {
  return JSON.stringify({ id: 1, description: JSON.stringify(request) })
}

const licence = { kind: 'licence', package: 'pg', version: '8.23.1', path: 'node_modules/pg' }

test('the report goes into the result file, progress to stdout', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'jrctl-test-report-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const resultFile = join(folder, 'result.json')
  expect(await run(task(licence), { JR_RESULT_FILE: resultFile })).toEqual({
    code: 0,
    stdout: '::progress 10 reading node_modules/pg\n::progress 90 writing the report\n',
    stderr: '',
  })
  const result: unknown = JSON.parse(await readFile(resultFile, 'utf8'))
  expect(result).toEqual({ declared: 'MIT', locked: 'MIT', agree: true })
})

test('without a result file the report is the last line of stdout', async () => {
  const { stdout } = await run(task({ ...licence, kind: 'duplicates' }))
  const last: unknown = JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
  expect(last).toEqual({
    name: 'pg',
    versions: { '8.23.1': ['node_modules/pg'] },
    copies: 1,
    duplicated: false,
  })
})

test.each([
  [
    'a folder that vanished',
    task({ ...licence, path: 'node_modules/gone' }),
    /node_modules\/gone is not installed/,
  ],
  [
    'a way out of the project',
    task({ ...licence, path: 'node_modules/../../etc' }),
    /must be a package's folder/,
  ],
  ['an absolute path', task({ ...licence, path: '/etc' }), /must be a package's folder/],
  ['an unknown kind', task({ ...licence, kind: 'weather' }), /its kind is "weather"; known are licence, /],
  ['no version', task({ ...licence, version: 7 }), /names no package and version/],
  ['a description of words', JSON.stringify({ description: 'do it' }), /description is not JSON/],
  ['no task', 'hello', /description is not JSON/],
  ['nothing', '', /description is not JSON/],
])('%s can never be done (65), and it says why', async (_what, input, reason) => {
  const { code, stdout, stderr } = await run(input)
  expect({ code, stdout }).toEqual({ code: 65, stdout: '' })
  expect(stderr).toMatch(reason)
})
