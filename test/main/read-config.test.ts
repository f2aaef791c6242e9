import { expect, test } from 'vitest'
import { checkConfig } from '../../src/main/read-config.ts'
import { fakeClock } from '../fakes/clock.ts'
import { sandbox } from '../config/fixture.ts'

test('a check tells in which order the workers boot', async () => {
  using box = sandbox()
  const worker = (name: string, more = '') => `[[workers]]\nname = "${name}"\ncommand = ["x"]\n${more}\n`
  const configPath = box.write(
    'jrctl.toml',
    worker('Front', 'depends_on = ["Web", "Cache"]') +
      worker('Cache') +
      worker('Web', 'depends_on = ["Cache"]') +
      worker('Last', 'layer = 4'),
  )
  const verdict = await checkConfig({ process, configPath, json: false, clock: fakeClock() })
  expect(verdict.layers).toEqual([['Cache'], ['Web'], ['Front'], ['Last']])
})
