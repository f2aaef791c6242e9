import { describe, expect, it } from 'vitest'
import { checksIn } from '../../../src/adapters/checkup/cron.ts'
import { limitsIn } from '../../../src/adapters/checkup/limits.ts'
import { listenersIn } from '../../../src/adapters/checkup/ports.ts'
import { oldUnitsIn, unitsIn } from '../../../src/adapters/checkup/services.ts'
import { isOldFleet } from '../../../src/adapters/checkup/strangers.ts'

describe('what the machine says of itself', () => {
  it('limits of a process', () => {
    const text = `Limit                     Soft Limit           Hard Limit           Units
Max cpu time              unlimited            unlimited            seconds
Max processes             1234                 5678                 processes
Max open files            1024                 524288               files
`
    expect([...limitsIn(text)]).toEqual([
      ['Max processes', 1234],
      ['Max open files', 1024],
    ])
  })

  it('sockets that listen, and no others', () => {
    const text = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0BB9 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0
   1: 0100007F:0BB9 0100007F:C350 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0
`
    expect(listenersIn(text)).toEqual([{ port: 3001, inode: '4242' }])
  })

  it('units that are there', () => {
    const text = `MainPID=42
Id=jr-orchestrator.service
LoadState=loaded
ActiveState=active
UnitFileState=enabled
FragmentPath=/etc/systemd/system/jr-orchestrator.service
NeedDaemonReload=yes
Delegate=yes

Id=jr-health-check.timer
LoadState=not-found
ActiveState=inactive
`
    expect(unitsIn(text, 'system')).toEqual([
      {
        name: 'jr-orchestrator.service',
        scope: 'system',
        load: 'loaded',
        active: 'active',
        enabled: 'enabled',
        path: '/etc/systemd/system/jr-orchestrator.service',
        needsReload: true,
        mainPid: 42,
        delegated: true,
      },
    ])
  })

  it('units of an older fleet, not ours and none that rest', () => {
    const text = `jr-orchestrator.service loaded active running Jr orchestrator
jr-queue-worker@a\\x20b.service loaded active running A Jr
jr-auto-assigner.service loaded active running Old
jr-health-monitor.timer loaded active waiting Old
jr-health-monitor.service loaded inactive dead Old
`
    expect(oldUnitsIn(text)).toEqual(['jr-auto-assigner.service', 'jr-health-monitor.timer'])
  })

  it.each<[string[], boolean]>([
    [['python3', '-u', '/srv/jr_queue_worker.py', 'Research Jr.'], true],
    [['/usr/bin/jr-orchestrator'], true],
    [['vim', 'jr_queue_worker.py'], false],
    [['jrctl', 'daemon'], false],
    [['grep', '-r', 'jr_queue_worker', '.'], false],
    [[], false],
  ])('programs of an older fleet: %j', (words, isOld) => {
    expect(isOldFleet(words)).toBe(isOld)
  })

  it('lines of cron that check our health', () => {
    const table =
      '# jrctl health-check\n*/5 * * * * /usr/local/bin/jrctl health-check --json\n@daily backup\n'
    expect(checksIn(table)).toEqual(['*/5 * * * * /usr/local/bin/jrctl health-check --json'])
  })
})
