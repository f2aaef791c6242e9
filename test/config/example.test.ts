import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { alertFields } from '../../src/config/alerts.ts'
import { noteOf } from '../../src/config/fields.ts'
import { upstreamFields } from '../../src/config/gateway.ts'
import { singleKeys } from '../../src/config/keys.ts'
import { loadPolicy } from '../../src/config/load.ts'
import { requireWorkers } from '../../src/config/require-workers.ts'
import { ruleFields } from '../../src/config/rules.ts'
import { workerFields } from '../../src/config/schema.ts'
import { readSource } from '../../src/config/source.ts'
import { windowFields } from '../../src/config/windows.ts'
import { sandbox } from './fixture.ts'

const path = new URL('../../config.example.toml', import.meta.url).pathname
const text = readFileSync(path, 'utf8')

/** Off by default, so that nobody is surprised; on here, so that the file shows what there is. */
const switchedOn = new Set(['queue.embedded', 'orchestrator.enabled'])

/** The lines of one table, from its header on; '' is the top. */
function table(header: string): string {
  const tables = text.split(/^(?=\[)/m)
  return tables.find((part) => part.startsWith(header === '' ? '#' : header)) ?? ''
}

describe('config.example.toml', () => {
  test('loads clean, with the four Jrs of the specification', async () => {
    using box = sandbox()
    const loaded = await loadPolicy({ ...box.options, path })
    expect(loaded.warnings).toEqual([])
    expect(() => requireWorkers(loaded)).not.toThrow()
    expect(loaded.policy.queue.embedded).toBe(true)
    expect(loaded.policy.workers.map(({ name }) => name)).toEqual([
      'Software Engineer Jr.',
      'Research Jr.',
      'Infrastructure Jr.',
      'it_triad_jr',
    ])
  })

  test('changes no default but `embedded` and the cycle', async () => {
    using box = sandbox()
    const [withIt, without] = [await loadPolicy({ ...box.options, path }), await loadPolicy(box.options)]
    const changed = without.settings.filter(
      ({ key, value }) => withIt.settings.find((setting) => setting.key === key)?.value !== value,
    )
    expect(changed.map(({ key }) => key)).toEqual([...switchedOn])
  })

  test.each(singleKeys.map((single) => [single.key, single] as const))(
    'holds %s with its default',
    (_, single) => {
      const [section, name = section] = single.path
      const inTable = table(single.path.length === 1 ? '' : `[${section}]`)
      const standard = switchedOn.has(single.key) ? true : single.note.default
      expect(inTable).toMatch(
        standard === null ? line(`# ${name}`, '".+"') : line(`${name}`, escape(JSON.stringify(standard))),
      )
    },
  )

  const worker = table('[[workers]]')
  const emptyDefaults: Record<string, string> = { env: '{}', env_pass: '[]', depends_on: '[]' }

  test.each(Object.entries(workerFields))('holds the key %s of a worker with its default', (name, field) => {
    const standard =
      emptyDefaults[name] ??
      (noteOf(field)?.default == null ? undefined : JSON.stringify(noteOf(field)?.default))
    expect(worker).toMatch(standard === undefined ? line(`(# )?${name}`, '.+') : line(name, escape(standard)))
  })

  test.each(Object.entries(upstreamFields))(
    'mentions the key %s of an upstream with its default',
    (name, field) => {
      const lists: Record<string, string> = { dialects: '["openai"]', models: '["*"]' }
      const standard =
        lists[name] ?? (noteOf(field)?.default == null ? undefined : JSON.stringify(noteOf(field)?.default))
      expect(text).toMatch(
        name === 'key_file'
          ? /`key_file`/
          : standard === undefined
            ? line(`# ${name}`, '".+"')
            : line(`# ${name}`, escape(standard)),
      )
    },
  )

  test.each(Object.entries(windowFields))(
    'mentions the key %s of a window with its default',
    (name, field) => {
      const standard =
        name === 'days'
          ? JSON.stringify(field.parse(undefined)).replaceAll(',', ', ')
          : noteOf(field)?.default == null
            ? undefined
            : JSON.stringify(noteOf(field)?.default)
      expect(text).toMatch(line(`# ${name}`, standard === undefined ? '".+"' : escape(standard)))
    },
  )

  test.each(Object.entries(ruleFields))('mentions the key %s of a rule with its default', (name, field) => {
    const standard = noteOf(field)?.default
    expect(text).toMatch(
      standard == null ? line(`# ${name}`, '.+') : line(`# ${name}`, escape(JSON.stringify(standard))),
    )
  })

  test.each(Object.entries(alertFields))(
    'mentions the key %s of an alert with its default',
    (name, field) => {
      const standard = noteOf(field)?.default
      const written = name === 'on' ? JSON.stringify(field.parse(undefined)).replaceAll(',', ', ') : null
      const value = written ?? (standard == null ? null : JSON.stringify(standard))
      expect(text).toMatch(
        /^url(_file)?$/.test(name) ? `\`${name}\`` : line(`# ${name}`, value === null ? '.+' : escape(value)),
      )
    },
  )

  test('is right in what it only mentions', async () => {
    using box = sandbox()
    const all = text.replaceAll(/^# (\w+ = |\[\[)/gm, '$1')
    const loaded = await loadPolicy({ ...box.options, path: box.write('all.toml', all) })
    expect(loaded.policy.stateDir).toBe('/var/lib/jrctl')
    const [upstream] = loaded.policy.gateway.upstreams
    expect(upstream).toMatchObject({ name: 'openai', url: 'https://api.openai.com', maxInFlight: 64 })
    expect(Object.keys(readSource(loaded.path ?? '').raw)).toContain('state_dir')
  })
})

function line(key: string, value: string): RegExp {
  return new RegExp(`^${key} = ${value}$`, 'm')
}

function escape(literal: string): string {
  return literal.replaceAll(/[[\]{}.*]/g, String.raw`\$&`)
}
