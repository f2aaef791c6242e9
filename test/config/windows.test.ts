import { describe, expect, test } from 'vitest'
import { load, problemsOf } from './fixture.ts'

const window = (more: string) => `[[windows]]\nchannel = "TikTok"\nfrom = "18:00"\nto = "23:00"\n${more}\n`

describe('[[windows]]', () => {
  test('an empty list means that there are none', async () => {
    expect((await load('windows = []')).policy.windows).toEqual([])
  })

  test('opens every day by the host’s clock, and only steers, unless it says otherwise', async () => {
    expect((await load(window(''))).policy.windows).toEqual([
      {
        channel: 'TikTok',
        from: '18:00',
        to: '23:00',
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        timezone: null,
        strict: false,
      },
    ])
  })

  test.each([
    ['from = "25:00"', 'from: found "25:00", allowed a time of the day from "00:00" to "23:59"'],
    ['to = "24:01"', 'to: found "24:01", allowed a time of the day from "00:00" to "24:00"'],
    ['to = "18:00"', 'so that it never opens; allowed another time (for the whole day'],
    ['days = ["monday"]', 'days.0: found "monday", allowed a list of days on which it opens: "mon"'],
    ['days = []', 'days: found an empty list'],
    ['timezone = "Mars"', 'timezone: found "Mars", allowed a name of the time zone database'],
    ['strict = "no"', 'strict: found "no", allowed true or false'],
    [
      'day = ["mon"]',
      'day: found an unknown key, allowed channel, from, to, days, timezone, strict; did you mean "days"?',
    ],
  ])('%s is refused, with its line', async (line, message) => {
    const key = line.slice(0, line.indexOf(' '))
    const [problem, ...others] = await problemsOf(window('').replace(new RegExp(`${key} = .*\\n`), '') + line)
    expect(others).toEqual([])
    expect(problem).toMatch(/^f:\d+:\d+ windows\."TikTok"\./)
    expect(problem).toContain(message)
  })

  test('what is missing is told, all at once', async () => {
    expect(await problemsOf('[[windows]]\ndays = ["sat"]\n')).toEqual([
      expect.stringContaining('windows[0].channel: found nothing') as string,
      expect.stringContaining('windows[0].from: found nothing') as string,
      expect.stringContaining('windows[0].to: found nothing') as string,
    ])
  })

  test('those of one channel are strict together', async () => {
    const [problem] = await problemsOf(
      window('strict = true') + window('').replace('TikTok', 'tiktok').replace('18:', '08:'),
    )
    expect(problem).toContain(
      'found false, and true in another window of "tiktok"; allowed the same in all windows of a channel',
    )
  })

  test('those of one channel by several clocks are wondered at', async () => {
    const toml = window('timezone = "UTC"') + window('').replace('TikTok', 'tiktok')
    expect((await load(toml)).warnings).toEqual([
      `the windows of "tiktok" go by 2 clocks (UTC, the host's time); give all of them the same timezone unless that is meant`,
    ])
  })

  test('are shown with where they come from', async () => {
    const shown = async (toml: string) =>
      (await load(toml)).settings
        .filter(({ key }) => key.startsWith('windows.'))
        .map(({ key, value, source }) => `${key} ${JSON.stringify(value)} ${source.kind}`)
    expect((await shown('')).slice(0, 2)).toEqual([
      'windows."instagram".channel "instagram" default',
      'windows."instagram".from "18:00" default',
    ])
    expect(await shown(window(''))).toEqual([
      'windows."TikTok".channel "TikTok" file',
      'windows."TikTok".from "18:00" file',
      'windows."TikTok".to "23:00" file',
      'windows."TikTok".days ["mon","tue","wed","thu","fri","sat","sun"] default',
      'windows."TikTok".timezone null default',
      'windows."TikTok".strict false default',
    ])
  })
})
