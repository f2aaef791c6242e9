import type { IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { comesFromPage, isAddressedHere } from '../../../src/gateway/intake/origin.ts'
import { shownKey } from '../../../src/gateway/intake/shown-key.ts'

const requestWith = (headers: IncomingMessage['headers']) => ({ headers }) as IncomingMessage

describe('the head of a request', () => {
  test.each([
    ['127.0.0.1:8787', true],
    ['localhost:8787', true],
    ['LOCALHOST', true],
    ['[::1]:8787', true],
    ['127.0.0.1:9999', true],
    ['evil.example:8787', false],
    ['127.0.0.1.evil.example', false],
    ['localhost.evil.example:8787', false],
    ['localhost:8787@evil.example', false],
    ['127.0.0.1:8787, evil.example', false],
    ['', false],
    [undefined, false],
  ])('is addressed here by %j: %j', (host, isHere) => {
    expect(isAddressedHere(requestWith(host === undefined ? {} : { host }))).toBe(isHere)
  })

  test.each([
    [{ origin: 'http://localhost:3000' }, true],
    [{ 'sec-fetch-site': 'cross-site' }, true],
    [{}, false],
  ])('comes from a page: %j %j', (headers, isPage) => {
    expect(comesFromPage(requestWith(headers))).toBe(isPage)
  })

  test.each([
    [{ authorization: 'Bearer k' }, 'k'],
    [{ authorization: 'bearer  k ' }, 'k'],
    [{ 'x-api-key': 'k' }, 'k'],
    [{ 'x-api-key': 'a', authorization: 'Bearer b' }, 'a'],
    [{ authorization: 'Basic a' }, null],
    [{ authorization: 'Bearer ' }, null],
    [{ 'x-api-key': '' }, null],
    [{}, null],
    [{ authorization: `Bearer ${'k'.repeat(10_000)}` }, 'k'.repeat(200)],
  ])('shows a key', (headers, key) => {
    expect(shownKey(headers)).toBe(key)
  })
})
