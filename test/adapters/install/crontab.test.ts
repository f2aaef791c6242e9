import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCrontab } from '../../../src/adapters/install/crontab.ts'
import { createLingering } from '../../../src/adapters/install/lingering.ts'
import { type FakePrograms, fakePrograms } from './fake-programs.ts'

let fake: FakePrograms
beforeEach(async () => {
  fake = await fakePrograms()
})
afterEach(() => fake.remove())

describe('a crontab', () => {
  /** As Debian's does. */
  const install = () =>
    fake.write(
      'crontab',
      `[ "$1" = -u ] && shift 2
       case $1 in
         -l) cat ${fake.dir}/tab 2>/dev/null || { echo "no crontab for jr" >&2; exit 1; };;
         -r) rm ${fake.dir}/tab;;
         -) cat > ${fake.dir}/tab;;
       esac`,
    )

  it('is empty where there is none', async () => {
    await install()
    expect(await createCrontab(null, fake.env).read()).toBe('')
  })

  it('is read and written as it is, through the program, for whom it is', async () => {
    await install()
    const text = "MAILTO=ä\n*/5 * * * * x '50\\%'\n"
    await createCrontab('jr', fake.env).write(text)
    expect(await readFile(join(fake.dir, 'tab'), 'utf8')).toBe(text)
    expect(await createCrontab('jr', fake.env).read()).toBe(text)
    expect(await fake.calls()).toEqual(['crontab -u jr -', 'crontab -u jr -l'])
  })

  it('is taken away when nothing is left of it', async () => {
    await install()
    await writeFile(join(fake.dir, 'tab'), 'x\n')
    await createCrontab(null, fake.env).write('\n')
    expect(await createCrontab(null, fake.env).read()).toBe('')
  })

  it('says what to do without cron, and why it is refused', async () => {
    const none = createCrontab(null, { PATH: '/nonexistent' })
    await expect(none.read()).rejects.toMatchObject({ message: expect.stringContaining('not installed') })
    await fake.write('crontab', 'echo "jr is not allowed to use this program (crontab)" >&2; exit 1')
    await expect(createCrontab(null, fake.env).read()).rejects.toMatchObject({
      code: 'install.cron',
      message: expect.stringContaining('jr is not allowed'),
    })
    await expect(createCrontab(null, fake.env).write('x\n')).rejects.toMatchObject({ code: 'install.cron' })
  })
})

describe('lingering', () => {
  it.each([
    ['echo yes', true],
    ['echo no', false],
    ['echo "Failed to get user: User ID 1000 is not logged in or lingering" >&2; exit 1', false],
    ['echo "Failed to connect to bus" >&2; exit 1', null],
  ] as const)('%s: %s', async (script, isOn) => {
    await fake.write('loginctl', script)
    expect(await createLingering(fake.env).isOn('jr')).toBe(isOn)
  })

  it('is switched for the account', async () => {
    await fake.write('loginctl', '')
    expect(await createLingering(fake.env).switch('jr', true)).toBeNull()
    expect(await createLingering(fake.env).switch('jr', false)).toBeNull()
    expect(await fake.calls()).toEqual([
      'loginctl --no-ask-password enable-linger -- jr',
      'loginctl --no-ask-password disable-linger -- jr',
    ])
  })

  it('says who refused', async () => {
    await fake.write('loginctl', 'echo "Could not enable linger: Access denied" >&2; exit 1')
    expect(await createLingering(fake.env).switch('jr', true)).toContain('Access denied')
  })
})
