import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { importTasks } from '../../../src/cli/tasks/import.ts'
import { apiLimits } from '../../../src/contract/routes.ts'
import { serve, type Served } from '../../api/served.ts'
import { fakeCli } from '../fake-cli.ts'

let served: Served
beforeEach(async () => {
  served = await serve()
})
afterEach(() => served.stop())

const tasks = async () => (await served.client.call('listTasks', {})).tasks.toReversed()
const importText = (stdin: string, format?: 'jsonl' | 'csv') =>
  importTasks(fakeCli({ stdin, client: served.client }), '-', format ? { format } : {})

describe('tasks import', () => {
  it('takes channels, scores and campaigns, these by number or name, and none of a campaign that is not there', async () => {
    await served.client.call('addCampaign', { name: 'Spring' })
    await importText('title,channel,score,campaign\none,TikTok,80.5,spring\ntwo,,,1\n', 'csv')
    expect(await tasks()).toMatchObject([
      { title: 'one', channel: 'TikTok', score: 80.5, campaignId: 1 },
      { title: 'two', channel: null, score: null, campaignId: 1 },
    ])
    await expect(importText('title,campaign\nthree,Spring\nfour,Sprung\n', 'csv')).rejects.toThrow(
      'There is no campaign "Sprung"',
    )
    await expect(importText('title,score\nthree,101\n', 'csv')).rejects.toThrow(/stdin:2: score/)
    expect(await tasks()).toHaveLength(2)
  })

  it('takes JSONL with the columns’ names', async () => {
    await importText(
      '{"title":"one","assigned_jr":"a_jr","priority":1,"sacred_fire_priority":3,"tags":["x"]}\n\n{"title":"two","scheduled_at":"2030-01-01T00:00:00Z"}\n',
    )
    expect(await tasks()).toMatchObject([
      { title: 'one', assignedJr: 'a_jr', priority: 1, sacredFirePriority: 3, tags: ['x'], source: 'import' },
      { title: 'two', scheduledAt: Date.UTC(2030, 0, 1), status: 'scheduled' },
    ])
  })

  it('takes CSV, empty fields as not given', async () => {
    await importText('title,assigned_jr,priority,tags,urgent\n"a ""b""",a_jr,7,x;y,true\nplain,,,,\n')
    expect(await tasks()).toMatchObject([
      { title: 'a "b"', assignedJr: 'a_jr', priority: 7, tags: ['x', 'y'], urgent: true },
      { title: 'plain', assignedJr: null, priority: 5, tags: [], urgent: false },
    ])
  })

  it('names every bad line and adds none', async () => {
    const text = [
      '{"title":"fine"}',
      '{"title":""}',
      'nope',
      '[]',
      '{"title":"x","colour":1}',
      '{"title":"x","priority":"high"}',
      '{"title":"x","scheduled_at":"soon","tags":[1]}',
    ]
    await expect(importText(text.join('\n'), 'jsonl')).rejects.toThrow(
      /^stdin:2: title: is empty.*\nstdin:3: is not JSON.*\nstdin:4: is not a JSON object\nstdin:5: has no column for "colour".*\nstdin:6: priority: found "high", allowed a number\nstdin:7: scheduled_at: found "soon", allowed a time such as .*; tags\[0\]: found 1, allowed text/s,
    )
    expect(await tasks()).toEqual([])
  })

  it.each([
    ['title,priority\nx\n', 'stdin:2: has 1 fields where the header has 2'],
    ['title\n"never closed', 'stdin:2: opens a quote that never closes'],
    ['title,nope\nx,y\n', 'stdin:2: has no column for "nope"'],
    ['title,priority\nx,high\n', 'stdin:2: priority'],
    ['title\n', 'stdin holds no task'],
    ['', 'stdin holds no task'],
  ])('refuses the CSV %j', async (text, message) => {
    await expect(importText(text)).rejects.toThrow(message)
    expect(await tasks()).toEqual([])
  })

  it('refuses what is too large or not UTF-8, before anything is sent', async () => {
    await expect(importText('x'.repeat(apiLimits.bodyBytes + 1))).rejects.toThrow('stdin is larger than')
  })

  describe('of a file', () => {
    let folder: string
    beforeEach(async () => {
      folder = await mkdtemp(join(tmpdir(), 'jrctl-import-'))
    })
    afterEach(() => rm(folder, { recursive: true, force: true }))
    const importFile = (file: string, cli = fakeCli({ cwd: folder, client: served.client })) =>
      importTasks(cli, file, {}).then(() => cli)

    it('goes by its name and says which ids', async () => {
      await writeFile(join(folder, 'a.csv'), '{title}\n')
      await expect(importFile('a.csv')).rejects.toThrow('a.csv holds no task')
      await writeFile(join(folder, 'a.jsonl'), '{"title":"one"}\n{"title":"two"}\n')
      expect((await importFile('a.jsonl')).out).toMatch(/^2 tasks added: \d+ to \d+\.\n$/)
    })

    it('says what keeps it from being read', async () => {
      await expect(importFile('missing.csv')).rejects.toThrow('cannot read missing.csv: ENOENT')
      await expect(importFile('.')).rejects.toThrow('cannot read .: it is a folder')
      await writeFile(join(folder, 'latin1.csv'), Buffer.from('title\nj\xfcrg\n', 'latin1'))
      await expect(importFile('latin1.csv')).rejects.toThrow('latin1.csv is not UTF-8')
    })
  })
})
