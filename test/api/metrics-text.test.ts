import { assert as assertProperty, property, string, uniqueArray } from 'fast-check'
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest'
import { wantedOf } from '../../src/api/metrics/accepted.ts'
import { exposition } from '../../src/api/metrics/exposition.ts'
import { familiesOf } from '../../src/api/metrics/families.ts'
import { gauge, seriesMax } from '../../src/api/metrics/family.ts'
import { jrName } from '../../src/domain/ids.ts'
import { sanitize } from '../../src/domain/sanitize.ts'
import { OperationalError } from '../../src/errors.ts'
import { metricsOf } from '../fakes/metrics-view.ts'
import { aGatewayView } from '../support/gateway-view.ts'
import { positionView, statusView, workerView } from './daemon-services.ts'
import { readExposition } from './exposition.ts'
import { get, raw } from './raw.ts'
import { serve, type Served } from './served.ts'

const formats = ['prometheus', 'openmetrics'] as const
const gateway = aGatewayView()

describe.each(formats)('as %s', (format) => {
  const read = (...names: string[]) => {
    const views = names.map((name) => workerView({ name: jrName(name) }))
    const status = { ...statusView(), positions: [positionView(7), positionView(8, 2)] }
    const metrics = { ...metricsOf(views), gateway }
    return readExposition(exposition(familiesOf({ metrics, status, lastLedgerId: 12 }), format), format)
  }
  const valueOf = (sample: string, labels: Record<string, string> = {}) =>
    read('a_jr').samples.find(
      ({ name, labels: has }) =>
        name === sample && Object.entries(labels).every(([label, value]) => has[label] === value),
    )?.value

  it('says what the JSON says, in base units', () => {
    expect(valueOf('jrctl_build_info', { version: '1.2.3' })).toBe(1)
    expect(valueOf('jrctl_uptime_seconds')).toBe(90)
    expect(valueOf('jrctl_heap_used_bytes')).toBe(40 * 2 ** 20)
    expect(valueOf('jrctl_execution_queue_runs')).toBe(3)
    expect(valueOf('jrctl_agent_instances', { agent: 'a_jr' })).toBe(1)
    expect(valueOf('jrctl_agent_state', { agent: 'a_jr', state: 'running' })).toBe(1)
    expect(valueOf('jrctl_queue_tasks', { status: 'in_progress' })).toBe(0)
    expect(valueOf('jrctl_position_share_ratio', { position: '1' })).toBe(0.5)
    expect(valueOf('jrctl_position_share_ratio', { position: '2' })).toBe(0.25)
    expect(valueOf('jrctl_ledger_last_entry')).toBe(12)
    expect(valueOf('jrctl_database_up')).toBe(1)
    expect(valueOf('jrctl_gateway_requests_total', { endpoint: 'chat', outcome: '2xx' })).toBe(4)
    expect(valueOf('jrctl_upstream_tokens_total', { direction: 'output' })).toBe(70)
  })

  it.each([
    'a"} 1\njrctl_pwned 1\n',
    '\\',
    '\\"',
    'a\nb',
    '\u001b[31mred\u001b[0m\r\n# EOF',
    '{}="",',
    '\u202Egnp.exe',
    'x'.repeat(5000),
    '日本語 👩‍👩‍👧',
  ])('stays valid with a worker called %j, and says nothing else', (name) => {
    const { samples } = read(name)
    expect(samples.map((sample) => sample.name)).not.toContain('jrctl_pwned')
    const labels = samples.flatMap((sample) => sample.labels['agent'] ?? []).filter((label) => label !== '')
    expect(new Set(labels)).toEqual(new Set([sanitize(name, { lengthMax: 200 })]))
  })

  it('stays valid with any names, also such as look the same', () => {
    assertProperty(
      property(
        uniqueArray(string({ unit: 'binary', minLength: 1, maxLength: 20 }), { maxLength: 8 }),
        (names) => {
          read(...names, 'a\u200Bb', 'a\u200Eb')
        },
      ),
      { numRuns: 60 },
    )
  })

  it('leaves out what is not known, and says that the database is away', () => {
    const text = exposition(familiesOf({ metrics: metricsOf([]), status: null, lastLedgerId: 0 }), format)
    const { samples } = readExposition(text, format)
    expect(samples.find(({ name }) => name === 'jrctl_database_up')?.value).toBe(0)
    expect(samples.some(({ name }) => name.startsWith('jrctl_queue'))).toBe(false)
  })

  it('has bounds', () => {
    const many = Array.from({ length: 2 * seriesMax }, (_, index) => ({
      labels: { agent: `jr ${index}` },
      value: index,
    }))
    const { samples } = readExposition(exposition([gauge('jrctl_x', 'X.', many)], format), format)
    expect(samples).toHaveLength(seriesMax)
  })

  it('writes numbers as they are read', () => {
    const values = [0, -0.5, 1e21, 1e-9, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    const many = values.map((value, index) => ({ labels: { n: String(index) }, value }))
    const { samples } = readExposition(exposition([gauge('jrctl_x', 'X "y" \\ z\n.', many)], format), format)
    expect(samples.map(({ value }) => value)).toEqual(values)
  })
})

test.each([
  [undefined, 'json'],
  ['*/*', 'json'],
  ['application/json', 'json'],
  ['application/json, text/plain', 'json'],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'json'],
  ['text/plain', 'prometheus'],
  ['text/*', 'prometheus'],
  ['text/plain;version=0.0.4;q=1,*/*;q=0.1', 'prometheus'],
  ['application/openmetrics-text;version=1.0.0', 'openmetrics'],
  // As Prometheus 3 asks.
  [
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  ['text/plain;q=0, */*', 'json'],
  ['image/png', 'json'],
  [',;=,', 'json'],
  ['TEXT/PLAIN', 'prometheus'],
])('who accepts %j gets %s', (accept, wanted) => {
  expect(wantedOf(accept)).toBe(wanted)
})

describe('over HTTP', () => {
  let served: Served
  beforeAll(async () => {
    served = await serve()
  })
  afterAll(() => served.stop())

  it.each(['/metrics', '/v1/metrics'])('%s answers each as it asks', async (path) => {
    const ask = (accept: string) => raw(served.socketPath, get(path, [`Accept: ${accept}`]))
    const json = await ask('*/*')
    expect(json.text).toContain('content-type: application/json')
    expect(json.text).toContain('"deadLetterQueue":[]')
    const text = await ask('text/plain')
    expect(text.text).toContain('content-type: text/plain; version=0.0.4; charset=utf-8')
    const body = text.text.slice(text.text.indexOf('\r\n\r\n') + 4)
    expect(
      readExposition(body.slice(body.indexOf('#'), body.lastIndexOf('\n') + 1), 'prometheus').samples.length,
    ).toBeGreaterThan(30)
    expect((await ask('application/openmetrics-text')).text).toContain('# EOF\n')
    expect(text.text).toMatch(/vary: accept/i)
  })

  it('answers while the database is away', async () => {
    served.services.queue.failure = new OperationalError('away', { code: 'db.unreachable', retryable: true })
    const { status, text } = await raw(served.socketPath, get('/metrics', ['Accept: text/plain']))
    expect(status).toBe(200)
    expect(text).toContain('jrctl_database_up 0')
  })
})
