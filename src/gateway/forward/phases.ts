/**
 * Where a forwarded request stands.
 * - asked: nothing of an answer has come.
 * - held: a short answer is being gathered; the client has nothing of it yet.
 * - passing: the client has the head, and each piece as it comes.
 * - draining: the client has gone; what still comes is only counted.
 * - over: its ending is told.
 */
export type Phase = 'asked' | 'held' | 'passing' | 'draining' | 'over'

/**
 * What can end it. `client_left`: with `abandoned = "cancel"`, or too long after it; `client_left_drain`: the upstream may
 * go on for a while. `cut`: we are going down.
 */
export type ForwardEvent = 'upstream_ended' | 'upstream_failed' | 'client_left' | 'client_left_drain' | 'cut'

/**
 * - deliver: the client gets what is left, and the end of the answer.
 * - refuse: it gets an error of ours, as nothing else was sent.
 * - sever: its connection is cut, so that a broken answer never looks like a whole one.
 * - leave: there is nobody to tell.
 */
export type LastAct = 'deliver' | 'refuse' | 'sever' | 'leave'

export type ForwardStep = { to: 'over'; act: LastAct } | { to: 'draining' } | null

const over = (act: LastAct): ForwardStep => ({ to: 'over', act })
/** The client has nothing, so that an error can still be told in words. */
const untold = {
  upstream_ended: over('deliver'),
  upstream_failed: over('refuse'),
  client_left: over('leave'),
  client_left_drain: { to: 'draining' },
  cut: over('refuse'),
} as const satisfies Record<ForwardEvent, ForwardStep>

/** Null: nothing changes. */
export const forwardSteps = {
  // An upstream's end always follows its head.
  asked: { ...untold, upstream_ended: null },
  held: untold,
  passing: {
    upstream_ended: over('deliver'),
    upstream_failed: over('sever'),
    client_left: over('leave'),
    client_left_drain: { to: 'draining' },
    cut: over('sever'),
  },
  draining: {
    upstream_ended: over('leave'),
    upstream_failed: over('leave'),
    client_left: over('leave'),
    client_left_drain: null,
    cut: over('leave'),
  },
  over: {
    upstream_ended: null,
    upstream_failed: null,
    client_left: null,
    client_left_drain: null,
    cut: null,
  },
} as const satisfies Record<Phase, Record<ForwardEvent, ForwardStep>>
