import { expect, test } from 'vitest'
import { instanceOfLog, logFileName } from '../../src/supervisor/log-name.ts'

test.each([
  ['Research Jr.', 'research_jr.log', 1],
  ['Research Jr.', 'research_jr.12.log', 12],
  ['Research Jr.', 'research_jr.2.log.20261121T201514.123Z.0-100.gz', 2],
  ['Research Jr.', 'research_jr.log.20261121T201514.123Z.0-100', 1],
  ['Research Jr.', 'research_jr.log.rotating', undefined],
  ['Research Jr.', 'research_jr_two.log', undefined],
  ['Research', 'research_jr.log', undefined],
  ['日本', logFileName('日本', 3), 3],
])('of %j, %s is the log of instance %s', (name, file, instance) => {
  expect(instanceOfLog(name, file)).toBe(instance)
})
