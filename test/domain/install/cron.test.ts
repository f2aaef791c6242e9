import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cronLines, cronVariables, startByHand } from '../../../src/domain/install/cron-lines.ts'
import { withCronLines } from '../../../src/domain/install/crontab.ts'
import { shellWord } from '../../../src/domain/install/shell-word.ts'

const plain = {
  program: '/usr/local/bin/jrctl',
  config: '/etc/jrctl/config.toml',
  startsDaemon: false,
  variables: {},
}

describe('lines for cron', () => {
  it('run the health check, and mail what it says only when something is wrong', () => {
    expect(cronLines(plain)).toEqual([
      '*/5 * * * * out=$(/usr/local/bin/jrctl health-check --config /etc/jrctl/config.toml 2>&1) || echo "$out"',
    ])
  })

  it('start the daemon with the machine where nobody else does', () => {
    expect(cronLines({ ...plain, startsDaemon: true })[0]).toBe(
      '@reboot /usr/local/bin/jrctl daemon --config /etc/jrctl/config.toml >/dev/null 2>&1',
    )
  })

  it('give what they start the places and secrets that a unit would have', () => {
    const installation = {
      scope: 'system',
      stateDir: '/var/lib/jrctl',
      environmentFile: '/etc/jrctl/environment',
    } as const
    const variables = cronVariables(installation, '/run/jrctl')
    const given =
      'STATE_DIRECTORY=/var/lib/jrctl RUNTIME_DIRECTORY=/run/jrctl JRCTL_ENVIRONMENT_FILE=/etc/jrctl/environment '
    const [daemon, check] = cronLines({ ...plain, startsDaemon: true, variables })
    expect(daemon).toContain(`@reboot ${given}/usr/local/bin/jrctl daemon`)
    expect(check).toContain(`out=$(${given}/usr/local/bin/jrctl health-check`)
    expect(Object.keys(cronVariables({ ...installation, scope: 'user' }, null))).toEqual([
      'JRCTL_ENVIRONMENT_FILE',
    ])
  })

  it('are typed by hand as cron would run them', () => {
    const wish = { ...plain, startsDaemon: true, variables: { STATE_DIRECTORY: '/srv/50%' } }
    const bare = 'cd && env -i HOME="$HOME" LOGNAME="$LOGNAME" SHELL=/bin/sh PATH=/usr/bin:/bin'
    const command = `${bare} STATE_DIRECTORY=/srv/50% /usr/local/bin/jrctl daemon --config /etc/jrctl/config.toml >/dev/null 2>&1 &`
    expect(startByHand(wish, null)).toBe(command)
    expect(startByHand(wish, 'jr')).toBe(`su -s /bin/sh jr -c '${command}'`)
  })

  it('quote what a shell would read, and escape what cron would', () => {
    const [line] = cronLines({ ...plain, config: "/srv/50% o'clock/c.toml" })
    expect(line).toContain(`--config '/srv/50\\% o'\\''clock/c.toml' 2>&1`)
    expect(cronLines({ ...plain, config: '/srv/%d/c.toml' })[0]).toContain('--config /srv/\\%d/c.toml ')
  })
})

describe('a word of sh', () => {
  it.each([
    ['/usr/bin/jrctl', '/usr/bin/jrctl'],
    ['', "''"],
    ['a b', "'a b'"],
    ['$HOME', "'$HOME'"],
    ["it's", "'it'\\''s'"],
    ['~', "'~'"],
  ])('%j', (text, word) => {
    expect(shellWord(text)).toBe(word)
  })
})

describe('a crontab', () => {
  const change = (crontab: string, lines: readonly string[]): string => {
    const changed = withCronLines(crontab, lines)
    if (changed.kind === 'broken') throw new Error('broken')
    return changed.kind === 'same' ? crontab : changed.text
  }
  const others = 'MAILTO=me\n# mine\n0 * * * * backup'

  it('takes our lines at its end, between two marks', () => {
    expect(change(`${others}\n`, ['a', 'b'])).toMatch(
      /^MAILTO=me\n# mine\n0 \* \* \* \* backup\n# jrctl begin \(.*\na\nb\n# jrctl end\n$/,
    )
    expect(change('', ['a'])).toMatch(/^# jrctl begin .*\na\n# jrctl end\n$/)
  })

  it('takes them where they were, once', () => {
    const first = `${change(`${others}\n`, ['a'])}5 * * * * later\n`
    const second = change(first, ['b'])
    expect(second).toBe(first.replace('\na\n', '\nb\n'))
    expect(withCronLines(second, ['b'])).toEqual({ kind: 'same' })
  })

  it('is somebody else’s business where the end of our lines is gone', () => {
    const broken = change(`${others}\n`, ['a']).replace('# jrctl end\n', '')
    expect(withCronLines(broken, ['b'])).toEqual({ kind: 'broken' })
    expect(withCronLines(broken, [])).toEqual({ kind: 'broken' })
  })

  it('is as it was once they are taken out', () => {
    const line = fc.constantFrom('0 * * * * x', '# y', '', 'A=b', '# jrctl ended')
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.constantFrom('a', 'b'), { minLength: 1 }), (lines, ours) => {
        const before = lines.map((one) => `${one}\n`).join('')
        expect(change(change(before, ours), [])).toBe(before)
      }),
    )
  })
})
