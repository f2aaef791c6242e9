import { expect, test } from 'vitest'
import { accountIn, nameOfUid } from '../../src/domain/passwd.ts'

test.each([
  [
    'agents:x:1001:1002:Agents:/srv/agents:/bin/sh\n',
    { name: 'agents', uid: 1001, gid: 1002, home: '/srv/agents' },
  ],
  ['agents2:x:1:1::/:/bin/sh\nagents:x:7:8:::\n', { name: 'agents', uid: 7, gid: 8, home: '/' }],
  ['agents:x:-1:8::/:\n', null],
  ['# agents\n', null],
])('of the accounts %j the one is %j', (passwd, account) => {
  expect(accountIn(passwd, 'agents')).toEqual(account)
})

test.each([
  ['agents:x:1001:1002::/:\n', 1001, 'agents'],
  ['agents:x:1001:1002::/:\n', 1002, '1002'],
  ['', 7, '7'],
])('in %j the uid %i is %s', (passwd, uid, name) => {
  expect(nameOfUid(passwd, uid)).toBe(name)
})
