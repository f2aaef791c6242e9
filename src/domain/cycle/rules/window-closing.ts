import { channelKey } from '../../channel.ts'
import type { Snapshot, TaskRef } from '../snapshot.ts'
import { some } from './judgement.ts'
import { schedule } from './plans/schedule.ts'
import type { BuiltInRule } from './rule.ts'

export const windowClosing: BuiltInRule = {
  name: 'window_closing',
  priority: 8,
  action: 'schedule_task',
  condition: 'the window of a channel closes within the hour',
  does: 'brings the deliveries of that channel that would miss it forward to now, the best score first (not those due in more than 24 h, nor those with a score below 40)',
  looksAt: ['scheduler.closingSoon', 'deliveries.byChannel', 'scheduler.windows'],
  judge: ({ scheduler }) =>
    some(
      scheduler.closingSoon,
      (channel) => channel,
      (names) => `the window of ${names} closes within the hour`,
      'no open window closes within the hour',
    ),
  plan: (snapshot, means) => schedule(waitingFor(snapshot), snapshot, means),
}

function waitingFor({ deliveries, scheduler }: Snapshot): TaskRef[] {
  const closing = new Set(scheduler.closingSoon)
  return deliveries.byChannel
    .filter(({ channel }) => closing.has(channelKey(channel)))
    .flatMap(({ next }) => next)
}
