import { describe, expect, it } from 'vitest'
import {
  type InstallRecord,
  parseRecord,
  readRecord,
  recordText,
} from '../../../src/domain/install/record.ts'

const record: InstallRecord = {
  scope: 'system',
  profile: 'hardened',
  account: 'jr',
  config: '/etc/jrctl/config.toml',
  needs: ['postgresql.service'],
  program: '/usr/local/bin/jrctl',
  isCopied: true,
  didLinger: false,
  cronOf: null,
  replaced: [{ name: 'old.service', owner: 'user', wasEnabled: true, wasActive: false }],
}

describe('what an installation notes', () => {
  it('is read as it was written', () => {
    expect(parseRecord(recordText(record))).toEqual(record)
  })

  it.each([
    '',
    '{',
    '[]',
    'null',
    '{"version":2}',
    '{"version":1,"scope":"planet"}',
    '{"version":1,"scope":"user"}',
  ])('is nothing: %s', (text) => {
    expect(parseRecord(text)).toBeNull()
  })

  it('is told apart where a later version wrote it', () => {
    expect(readRecord('{"version":2}')).toEqual({ kind: 'later' })
    for (const text of ['', recordText(record).slice(0, 50), '{"version":"x"}', '{}', '5'])
      expect(readRecord(text)).toEqual({ kind: 'damaged' })
  })

  it('is taken without what is no part of it', () => {
    const text = JSON.stringify({
      ...JSON.parse(recordText(record)),
      replaced: [{ name: 5 }, 'x'],
      needs: [1, 'a'],
    })
    expect(parseRecord(text)).toMatchObject({ replaced: [], needs: ['a'] })
  })
})
