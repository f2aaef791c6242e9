import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { expect, it } from 'vitest'
import { newExchange } from '../../src/gateway/exchange.ts'
import { createGatewayFigures } from '../../src/gateway/figures.ts'
import { fakeClock } from '../fakes/clock.ts'

function left() {
  const request = new IncomingMessage(new Socket())
  return newExchange(request, new ServerResponse(request))
}

it('counts for ever how requests ended, and how many did within the last minute', async () => {
  const clock = fakeClock()
  const figures = createGatewayFigures(clock)
  figures.ended(left())
  figures.ended(left())
  expect(figures.lastMinute()).toBe(2)
  await clock.advance(30_000)
  figures.ended(left())
  expect(figures.lastMinute()).toBe(3)
  await clock.advance(40_000)
  expect(figures.lastMinute()).toBe(1)
  await clock.advance(60_000)
  expect(figures.lastMinute()).toBe(0)
  expect(figures.requests).toEqual({ none: { gone: 3 } })
})
