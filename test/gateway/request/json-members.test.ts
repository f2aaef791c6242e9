import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  nestingMax,
  scanMembers,
  scanMembersInSlices,
  sliceBytes,
} from '../../../src/gateway/request/json-members.ts'

const keys = new Set(['model', 'stream'])
const scan = (text: string) => scanMembers(Buffer.from(text), keys)

/** The values found, as written. */
function found(text: string): Record<string, string> | null {
  const bytes = Buffer.from(text)
  const scanned = scanMembers(bytes, keys)
  if (!scanned.ok) return null
  return Object.fromEntries(
    [...scanned.members].map(([key, { start, end }]) => [key, bytes.toString('utf8', start, end)]),
  )
}

describe('scanMembers', () => {
  it.each([
    ['{}', {}],
    [' {"model" : "m" } ', { model: '"m"' }],
    ['\uFEFF{"model":"m"}', { model: '"m"' }],
    ['{"a":{"model":1},"model":[1,{"b":2}],"stream":true}', { model: '[1,{"b":2}]', stream: 'true' }],
    ['{"a":"model\\":\\"x","stream":-1.5e+9}', { stream: '-1.5e+9' }],
    ['{"\\u006dodel":"m","model ":1}', { model: '"m"' }],
    ['{"a":"}{][,:","stream":null}', { stream: 'null' }],
  ])('finds what stands at the top of %s', (text, members) => {
    expect(found(text)).toEqual(members)
  })

  it.each([
    ['', 'no_object', 0],
    ['[]', 'no_object', 0],
    ['"model"', 'no_object', 0],
    ['{"model":"m"', 'unfinished', 12],
    ['{"model":"m', 'unfinished', 11],
    ['{"model":"\\u00', 'unfinished', 14],
    ['{"model":-', 'unfinished', 10],
    ['{', 'unfinished', 1],
    ['{"model":"m"}x', 'syntax', 13],
    ['{"model":"m",}', 'syntax', 13],
    ['{"model":01}', 'syntax', 10],
    ['{"model":tru}', 'syntax', 9],
    ['{"model":"\n"}', 'syntax', 10],
    ['{"model":1,"model":2}', 'twice', 11],
    ['{"model":1,"mod\\u0065l":2}', 'twice', 11],
  ])('refuses %j: %s', (text, problem, at) => {
    expect(scan(text)).toMatchObject({ ok: false, problem, at })
  })

  it('goes so deep and no deeper, without a stack to overflow', () => {
    const nested = (depth: number): string => `{"a":${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`
    expect(scan(nested(nestingMax)).ok).toBe(true)
    expect(scan(nested(nestingMax + 1))).toMatchObject({ problem: 'too_deep' })
    expect(scan(`{"a":${'['.repeat(1_000_000)}`)).toMatchObject({ problem: 'too_deep' })
  })

  it('takes long base64 for no text, and long text for text', () => {
    const picture = `data:image/png;base64,${'iVBORw0KGgo'.repeat(200)}`
    const scanned = scan(
      JSON.stringify({
        image_url: { url: picture },
        text: 'some words '.repeat(200),
        cjk: '你好'.repeat(800),
      }),
    )
    expect(scanned).toMatchObject({ ok: true, blobs: 1, blobBytes: picture.length + 2 })
  })
})

const oneOf = fc.constantFrom(...'{}[]",:\\u0019.eE+-tfn \t\n\u0001x"'.split(''))

/** Almost JSON: a document with a few characters put in, taken out or changed. */
const almostJson = fc
  .tuple(
    fc.dictionary(
      fc.oneof(fc.string(), fc.constantFrom('model', 'stream', '__proto__')),
      fc.jsonValue({ maxDepth: 4 }),
      {
        maxKeys: 5,
      },
    ),
    fc.array(fc.tuple(fc.nat(), fc.nat(2), oneOf), {
      maxLength: 2,
    }),
    fc.constantFrom(undefined, 2),
  )
  .map(([value, edits, indent]) =>
    edits.reduce(
      (text, [at, removed, added]) => {
        const place = at % (text.length + 1)
        return text.slice(0, place) + added + text.slice(place + removed)
      },
      JSON.stringify(value, null, indent),
    ),
  )

describe('any text', () => {
  it('is an object to the scan exactly when it is one to JSON.parse, with the same members', () => {
    const tally = { objects: 0, others: 0 }
    fc.assert(
      fc.property(almostJson, (text) => {
        const scanned = scan(text)
        const value = parsed(text)
        if (!scanned.ok && scanned.problem === 'twice') return
        expect(scanned.ok).toBe(value !== null)
        tally[scanned.ok ? 'objects' : 'others']++
        for (const [key, raw] of Object.entries(found(text) ?? {}))
          expect(JSON.parse(raw)).toEqual((value as Record<string, unknown>)[key])
        if (value !== null)
          expect(Object.keys(found(text) ?? {}).sort()).toEqual(
            Object.keys(value)
              .filter((key) => keys.has(key))
              .sort(),
          )
      }),
      { numRuns: 600 },
    )
    expect(Math.min(tally.objects, tally.others)).toBeGreaterThan(60)
  })
})

describe('in slices', () => {
  it('any text is what it is in one', async () => {
    await fc.assert(
      fc.asyncProperty(almostJson, fc.integer({ min: 1, max: 9 }), async (text, bytesMax) => {
        const bytes = Buffer.from(text)
        expect(await scanMembersInSlices(bytes, keys, async () => {}, bytesMax)).toEqual(
          scanMembers(bytes, keys),
        )
      }),
      { numRuns: 600 },
    )
  })

  it.each([
    ['many values', JSON.stringify({ model: 'm', a: Array.from({ length: 200_000 }, () => ({ b: [1] })) })],
    ['a long text', JSON.stringify({ model: 'm', a: '"\n x'.repeat(500_000) })],
    ['a long key', JSON.stringify({ model: 'm', ['k"'.repeat(500_000)]: 1 })],
  ])('%s never take more at a time, and two at once do not disturb one another', async (_, text) => {
    const bytes = Buffer.from(text)
    let pauses = 0
    const pause = async () => void (pauses += 1)
    const scans = await Promise.all([1, 2].map(() => scanMembersInSlices(bytes, keys, pause)))
    expect(scans.map(({ ok }) => ok)).toEqual([true, true])
    expect(pauses).toBeGreaterThanOrEqual(2 * (Math.ceil(bytes.length / sliceBytes) - 2))
  })
})

function parsed(text: string): object | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
