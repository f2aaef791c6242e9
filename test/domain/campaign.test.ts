import { expect, it } from 'vitest'
import { campaignKey, campaignRef } from '../../src/domain/campaign.ts'
import { channelKey } from '../../src/domain/channel.ts'

it.each([
  ['7', { id: 7 }],
  ['#7', { id: 7 }],
  ['0', { name: '0' }],
  ['7th', { name: '7th' }],
  ['Spring 2026', { name: 'Spring 2026' }],
])('%s is %j', (text, ref) => {
  expect(campaignRef(text)).toEqual(ref)
})

it('names are compared without case, and without blanks around them', () => {
  expect(campaignKey('  Spring Sale ')).toBe('spring sale')
  expect(channelKey(' TikTok')).toBe('tiktok')
  expect(channelKey('ÜBER Uns')).toBe('Über uns')
})
