import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { argument, fitsLine, patternOf, word } from '../../src/domain/units/unit-values.ts'
import { type SystemdMachine, bootMachine, describeOnMachine } from '../support/systemd-machine.ts'

const told = '/var/tmp/told'
/** Few units, each of many values: systemd reads all its units anew for each. */
const units = 5
const values = 40

/** What a unit may hold at all: Unicode's characters without NUL. Weighted towards what means something to somebody. */
const text = fc
  .oneof(
    fc.string({ unit: 'grapheme' }),
    fc.string({
      unit: fc.constantFrom(
        '"',
        "'",
        '\\',
        '%',
        '$',
        '{',
        '}',
        ' ',
        '\n',
        '\t',
        ';',
        '#',
        'x',
        'n',
        '5',
        'ü',
      ),
    }),
    fc.string({ unit: 'binary' }),
  )
  .filter((value) => !/[\0\p{Cs}\p{NChar}]/u.test(value))

describeOnMachine('what stands in a unit arrives as it is', () => {
  let machine: SystemdMachine
  beforeAll(async () => {
    machine = await bootMachine()
    await machine.write('/usr/local/bin/tell', `#!/bin/sh\nprintf '%s\\0' "$@" "$VALUE" >${told}\n`, '0755')
  }, 180_000)
  afterAll(() => machine?.end())

  /** The arguments of a unit's program as it got them, its variable VALUE last. */
  async function arrived(service: string): Promise<string[]> {
    await machine.write('/run/systemd/system/told.service', `[Service]\nType=oneshot\n${service}`)
    await machine.sh(`rm -f ${told}; systemctl daemon-reload; systemctl start told.service`)
    return (await machine.sh(`cat ${told}`)).split('\0').slice(0, -1)
  }

  it.each(
    fc.sample(fc.array(text, { minLength: values, maxLength: values }), units).map((sample) => [sample]),
  )('in a command line and in a variable', async (sample) => {
    const [value = ''] = sample
    const command = ['/usr/local/bin/tell', ...sample.map((one) => argument(one))].join(' ')
    expect(await arrived(`Environment=${word(`VALUE=${value}`)}\nExecStart=${command}\n`)).toEqual([
      ...sample,
      value,
    ])
  })

  it.each(['/etc/my fleet/100% sure', '/etc/"quoted"/it\'s', '/etc/$HOME/ü', '/etc/a\\x20b;#', '/etc/[a]*?'])(
    'as the path of a file of variables: %s',
    async (path) => {
      expect(fitsLine(path)).toBe(true)
      const file = Buffer.from(path).toString('base64')
      await machine.sh(`p=$(echo ${file} | base64 -d); mkdir -p "$(dirname "$p")"; echo VALUE=found >"$p"`)
      const service = `EnvironmentFile=-${patternOf(path)}\nExecStart=/usr/local/bin/tell\n`
      expect((await arrived(service)).at(-1)).toBe('found')
    },
  )

  it('as the path of the program', async () => {
    const program = '/opt/my $HOME/100% ü/tell'
    await machine.sh(`mkdir -p '/opt/my $HOME/100% ü' && cp /usr/local/bin/tell '${program}'`)
    expect(await arrived(`Environment=VALUE=run\nExecStart=${word(program)} a\n`)).toEqual(['a', 'run'])
  })

  it('as a name, in the unit’s own', async () => {
    const { workerUnit } = await import('../../src/domain/units/unit-name.ts')
    const unit = workerUnit('Ünit "Jr." $HOME %h/-\\', 2)
    await machine.write(
      '/run/systemd/system/jr-queue-worker@.service',
      '[Service]\nType=oneshot\nExecStart=/usr/local/bin/tell %n\n',
    )
    await machine.sh(`rm -f ${told}; systemctl daemon-reload; systemctl start '${unit}'`)
    expect((await machine.sh(`cat ${told}`)).split('\0')[0]).toBe(unit)
  })
})
