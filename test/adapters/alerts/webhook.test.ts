import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { systemClock } from '../../../src/adapters/clock.ts'
import { createWebhookSender } from '../../../src/adapters/alerts/webhook.ts'
import { messageOfAlert } from '../../../src/domain/alerts/message.ts'
import { transition } from '../../domain/alerts/any.ts'
import { startReceiver, type Receiver } from './receiver.ts'

const message = messageOfAlert({ ...transition(), count: 1 }, { node: 'n-1', lost: 0, test: false })
const patientMs = 20_000

describe('a webhook', () => {
  let receiver: Receiver

  beforeEach(async () => {
    receiver = await startReceiver()
  })
  afterEach(() => receiver.close())

  const send = (more: { url?: string; timeoutMs?: number; signal?: AbortSignal } = {}) =>
    createWebhookSender({
      target: async () => ({ url: more.url ?? receiver.url, headers: { authorization: 'Bearer s3cret' } }),
      timeoutMs: more.timeoutMs ?? patientMs,
      version: '1.2.3',
      clock: systemClock(),
    }).send(message, more.signal ?? new AbortController().signal)

  it('gets the alert as JSON, with what names it', async () => {
    expect(await send()).toEqual({ kind: 'delivered', by: `HTTP 200 from ${receiver.host}` })
    const [{ headers, body } = { headers: {}, body: '' }] = receiver.received
    expect(JSON.parse(body)).toEqual(message)
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      authorization: 'Bearer s3cret',
      'user-agent': 'jrctl/1.2.3',
      'idempotency-key': '"n-1:7"',
    })
  })

  it.each<[number, boolean]>([
    [204, false],
    [301, true],
    [400, true],
    [404, true],
    [408, false],
    [429, false],
    [500, false],
    [503, false],
  ])('that answers with %i', async (status, isRefused) => {
    receiver.answers((response) => response.writeHead(status).end())
    const delivery = await send()
    if (status < 300) expect(delivery.kind).toBe('delivered')
    else
      expect(delivery).toEqual({
        kind: 'failed',
        reason: `${receiver.host} answered with HTTP ${status}`,
        isRefused,
      })
  })

  it('is followed nowhere else', async () => {
    const elsewhere = await startReceiver()
    receiver.answers((response) => response.writeHead(307, { location: elsewhere.url }).end())
    const delivery = await send()
    expect(delivery).toMatchObject({ kind: 'failed', isRefused: true })
    expect(delivery).toHaveProperty('reason', expect.stringContaining(`not followed (to ${elsewhere.host})`))
    expect(elsewhere.received).toEqual([])
    await elsewhere.close()
  })

  it('that says nothing is given up when its time is over', async () => {
    receiver.answers(() => {})
    expect(await send({ timeoutMs: 300 })).toEqual({
      kind: 'failed',
      reason: `${receiver.host} did not answer within 300 ms`,
      isRefused: false,
    })
  })

  it('that begins an answer and never ends it is given up as well', async () => {
    receiver.answers((response) => void response.writeHead(200).write('a'))
    expect(await send({ timeoutMs: 300 })).toMatchObject({ kind: 'failed' })
  })

  it('that hangs up was not told', async () => {
    receiver.answers((response) => void response.socket?.destroy())
    expect(await send()).toEqual({ kind: 'failed', reason: `${receiver.host}: ECONNRESET`, isRefused: false })
  })

  it('that answers without end is read no further than it takes', async () => {
    receiver.answers((response) => {
      const more = (): void => {
        while (response.write('x'.repeat(65_536)));
      }
      response.on('drain', more)
      more()
    })
    expect(await send()).toMatchObject({ kind: 'delivered' })
  })

  it('is given up at once when we are ending', async () => {
    receiver.answers(() => {})
    const ending = new AbortController()
    const sending = send({ signal: ending.signal })
    await receiver.has(1)
    ending.abort()
    expect(await sending).toMatchObject({ kind: 'failed', isRefused: false })
    expect(await send({ signal: AbortSignal.abort() })).toMatchObject({ kind: 'failed' })
  })

  it('is not told of in its secrets, whatever fails', async () => {
    const { host } = receiver
    await receiver.close()
    const closed = await send()
    expect(closed).toEqual({ kind: 'failed', reason: `${host}: ECONNREFUSED`, isRefused: false })
    const nowhere = await send({ url: 'https://no.such.host.invalid/s3cret' })
    expect(JSON.stringify(nowhere)).not.toContain('s3cret')
    receiver = await startReceiver()
    const asTls = await send({ url: receiver.url.replace('http:', 'https:') })
    expect(asTls.kind).toBe('failed')
    expect(JSON.stringify(asTls)).not.toContain('s3cret')
  })
})
