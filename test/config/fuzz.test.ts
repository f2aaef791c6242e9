import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { ConfigError, formatProblem } from '../../src/config/config-error.ts'
import { singleKeys } from '../../src/config/keys.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { workerFields } from '../../src/config/schema.ts'
import { effective } from '../../src/config/show.ts'
import { sandbox } from './fixture.ts'

const scalar = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"30s"',
    '"1h"',
    '60',
    '0',
    '-1',
    '1e9',
    '0x1F',
    'inf',
    'nan',
    'true',
    '1979-05-27',
    "'''\n'''",
    '"~/x"',
    '"SIGTERM"',
    '"lend"',
  ),
  fc.constantFrom(
    '9223372036854775807',
    '"postgres://a:b@c/d"',
    '[]',
    '{}',
    '["a"]',
    '[["a"]]',
    '{ a = 1 }',
    '[{ a = [1] }]',
  ),
)
const names = [
  ...singleKeys.flatMap(({ path }) => path),
  ...Object.keys(workerFields),
  'workers',
  'constructor',
  'toString',
  'x',
]
const key = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...names) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }).map((text) => JSON.stringify(text)) },
)
const dotted = fc.array(key, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('.'))
const line = fc.oneof(
  { weight: 6, arbitrary: fc.tuple(dotted, scalar).map(([name, value]) => `${name} = ${value}`) },
  { weight: 3, arbitrary: dotted.map((name) => `[${name}]`) },
  { weight: 2, arbitrary: fc.constant('[[workers]]') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
)
const toml = fc.array(line, { maxLength: 8 }).map((lines) => lines.join('\n'))

test('whatever is written, it is understood or refused in words', async () => {
  using box = sandbox()
  await fc.assert(
    fc.asyncProperty(toml, async (text) => {
      const path = box.write('jrctl.toml', text)
      try {
        const loaded = await loadPolicy({ ...box.options, path })
        expect((await effective(loaded)).length).toBeGreaterThan(0)
      } catch (error) {
        if (!(error instanceof ConfigError)) throw error
        expect(error.problems.length).toBeGreaterThan(0)
        for (const problem of error.problems) {
          expect(problem.line).not.toBeNull()
          expect(formatProblem(problem)).toMatch(/^[^\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+$/u)
        }
      }
    }),
    { numRuns: 300 },
  )
})
