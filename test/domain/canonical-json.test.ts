import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../src/domain/canonical-json.ts'
import type { Json } from '../../src/domain/task.ts'

describe('canonicalJson', () => {
  it('orders keys at every depth', () => {
    expect(canonicalJson({ b: [1, { z: null, y: 'ü' }], a: true })).toBe(
      '{"a":true,"b":[1,{"y":"ü","z":null}]}',
    )
  })

  it('is JSON of the same value, and the same text for it after a round trip', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain = JSON.parse(JSON.stringify(value)) as Json
        expect(JSON.parse(canonicalJson(plain))).toEqual(plain)
        expect(canonicalJson(JSON.parse(JSON.stringify(plain)) as Json)).toBe(canonicalJson(plain))
      }),
    )
  })
})
