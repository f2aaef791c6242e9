import { describe, expect, it } from 'vitest'
import type { OfferedTask } from '../../src/domain/acceptance.ts'
import { taskId } from '../../src/domain/ids.ts'
import { compileTaskCondition } from '../../src/expressions/task-condition.ts'

const task: OfferedTask = {
  id: taskId(7),
  title: 'mend the roof',
  source: 'tpm',
  createdBy: 'kb',
  priority: 3,
  sacredFirePriority: 9,
  urgent: true,
  attempts: 1,
  channel: null,
  score: null,
  campaignId: null,
  tags: ['code', 'ops'],
}

function judged(text: string, of: Partial<OfferedTask> = {}) {
  const compiled = compileTaskCondition(text)
  if (compiled.kind === 'invalid') throw new Error(compiled.reason)
  return compiled.holds({ ...task, ...of })
}

describe('a condition on a task', () => {
  it.each([
    [`priority <= 3 && 'code' in tags`, true],
    [`priority > 3 || 'text' in tags`, false],
    ['urgent && sacred_fire_priority > 8', true],
    [`title.startsWith('mend') && source == 'tpm' && created_by != 'tpm'`, true],
    [`tags.exists(tag, tag.matches('^o'))`, true],
    [
      `title.matches('^(mend|build) .*f$') && !title.matches('^roof') && ['x'].all(t, !t.matches(title))`,
      true,
    ],
    ['channel == null && score == null && campaign_id == null', true],
    ['id == 7 && attempts < 2', true],
  ])('%s: %s', (text, holds) => {
    expect(judged(text)).toEqual({ holds, error: null })
  })

  it('compares what may be missing once it is there', () => {
    expect(judged('score >= 80.5', { score: 90 }).holds).toBe(true)
    expect(judged('campaign_id == 4', { campaignId: 4 }).holds).toBe(true)
    expect(judged(`channel == 'TikTok'`, { channel: 'YouTube' }).holds).toBe(false)
  })

  it('that fails on a task holds not, and says why', () => {
    expect(judged('score > 80')).toEqual({ holds: false, error: expect.stringContaining('null') as string })
    expect(judged('channel', { channel: 'TikTok' })).toMatchObject({
      holds: false,
      error: expect.stringContaining('TikTok') as string,
    })
  })

  it('whose pattern tries ways without end is answered at once all the same', () => {
    const title = 'a'.repeat(4_000)
    const beganAt = performance.now()
    expect(judged(`title.matches('(a+)+b') || title.matches('a*a*a*a*a*a*b')`, { title }).holds).toBe(false)
    // Searched as JavaScript does it, this would outlive all of us.
    expect(performance.now() - beganAt).toBeLessThan(2_000)
    expect(judged(`title.matches('a')`, { title: `${title}a` })).toMatchObject({
      holds: false,
      error: expect.stringContaining('4000 characters at most') as string,
    })
    expect(judged('title.matches(source)', { source: '(a)\\1' })).toMatchObject({
      holds: false,
      error: expect.stringContaining('linear time') as string,
    })
  })

  it.each([
    [`title.matches('(a)\\\\1')`, 'cannot be matched in linear time'],
    [`tags.exists(t, t.matches('(?=a)b'))`, 'cannot be matched in linear time'],
    [`title.matches('[')`, 'is no regular expression'],
    ['priorty < 3', 'priorty'],
    ['priority', 'int'],
    ['priority < ', 'EOF'],
    [`title + 1 == 'x'`, 'string + int'],
    ['', ''],
    [`'${'x'.repeat(2_000)}' == title`, '2000'],
    [Array.from({ length: 300 }, () => '1 == 1').join(' && '), ''],
    ['('.repeat(200) + 'urgent' + ')'.repeat(200), ''],
  ])('%.30s is refused before any task is looked at', (text, said) => {
    const compiled = compileTaskCondition(text)
    expect(compiled).toMatchObject({ kind: 'invalid' })
    expect(compiled.kind === 'invalid' && compiled.reason).toContain(said)
  })
})
