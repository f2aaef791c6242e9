import { expect, it } from 'vitest'
import { judgeInstallation } from '../../../src/cli/doctor/judge-installation.ts'

const record = '/etc/jrctl/install.json'
const environmentFile = '/etc/jrctl/environment'
const places = { STATE_DIRECTORY: '/var/lib/jrctl' }

it('tells which places and how many variables are taken from an installed fleet', () => {
  const joined = { kind: 'joined', record, environmentFile } as const
  expect(judgeInstallation({ ...joined, places, variables: 2, unread: null })).toEqual([
    {
      name: 'machine.installation',
      level: 'ok',
      text: `this is the fleet that is installed here (${record}); taken from there: STATE_DIRECTORY=/var/lib/jrctl, 2 variables of ${environmentFile}`,
      remedy: null,
    },
  ])
  const unread = {
    path: environmentFile,
    why: 'is closed to this account',
    remedy: 'Ask as root: sudo jrctl …',
  }
  expect(judgeInstallation({ ...joined, places: {}, variables: 0, unread })).toMatchObject([
    { level: 'ok', text: expect.stringContaining('nothing was left to be told') as string },
    { level: 'note', remedy: 'Ask as root: sudo jrctl …' },
  ])
})

it('leads to the configuration of a fleet that was not meant, and tells of a record that is not obeyed', () => {
  expect(judgeInstallation({ kind: 'another', record, config: '/srv/my fleet.toml' })).toMatchObject([
    {
      level: 'note',
      remedy: "To ask that one: jrctl --config '/srv/my fleet.toml' doctor (or JRCTL_CONFIG)",
    },
  ])
  const mistrusted = { kind: 'mistrusted', record, why: 'is damaged', remedy: 'sudo jrctl install' } as const
  expect(judgeInstallation(mistrusted)).toMatchObject([
    { level: 'warn', text: `${record} is not heeded: it is damaged`, remedy: 'sudo jrctl install' },
  ])
})
