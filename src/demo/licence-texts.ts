/**
 * Tells licences by their text: phrases that a licence has and its cousins have not. A text may hold several; one that
 * holds none of them stays unknown rather than guessed.
 */
interface Telltale {
  /** SPDX id. */
  id: string
  /** All of these, in normal form. */
  has: readonly string[]
  /** None of these. */
  lacks?: readonly string[]
}

const mitGrant =
  'permission is hereby granted free of charge to any person obtaining a copy of this software and associated documentation files'
const mitCondition = 'the above copyright notice and this permission notice'
const bsdGrant = 'redistribution and use in source and binary forms'
const bsdEndorsement =
  /* "Neither the name of X nor …", whoever X is */ 'endorse or promote products derived from this software'
const iscGrant = 'for any purpose with or without fee is hereby granted'
const iscCondition = 'hereby granted provided that the above copyright notice'

/** In the licence itself and in the notice that refers to it; whoever merely mentions its name does not write this. */
const apacheDisclaimer = 'unless required by applicable law or agreed to in writing'

const telltales: readonly Telltale[] = [
  { id: '0BSD', has: [iscGrant], lacks: [iscCondition] },
  { id: 'Apache-2.0', has: ['apache license version 2 0', apacheDisclaimer] },
  { id: 'BSD-2-Clause', has: [bsdGrant], lacks: [bsdEndorsement] },
  { id: 'BSD-3-Clause', has: [bsdGrant, bsdEndorsement] },
  { id: 'BlueOak-1.0.0', has: ['blue oak model license'] },
  { id: 'CC-BY-4.0', has: ['creative commons attribution 4 0 international'] },
  { id: 'CC0-1.0', has: ['cc0 1 0 universal'] },
  { id: 'GPL-3.0', has: ['gnu general public license version 3 29 june 2007'] },
  { id: 'ISC', has: [iscGrant, iscCondition] },
  { id: 'MIT', has: [mitGrant, mitCondition] },
  { id: 'MIT-0', has: [mitGrant], lacks: [mitCondition] },
  { id: 'MPL-2.0', has: ['mozilla public license version 2 0'] },
  {
    id: 'PostgreSQL',
    has: ['for any purpose without fee and without a written agreement is hereby granted'],
  },
  { id: 'Python-2.0', has: ['python software foundation license version 2'] },
  { id: 'Unlicense', has: ['this is free and unencumbered software released into the public domain'] },
  { id: 'Zlib', has: ['altered source versions must be plainly marked as such'] },
]

/** SPDX ids of the licences in `text`, sorted; empty when none is known. */
export function detectLicences(text: string): string[] {
  const normal = normalise(text)
  return telltales
    .filter(
      ({ has, lacks = [] }) => has.every((p) => normal.includes(p)) && !lacks.some((p) => normal.includes(p)),
    )
    .map(({ id }) => id)
}

/** Lower case, one space between words, nothing else: line breaks, quotes, comment signs and Markdown do not matter. */
function normalise(text: string): string {
  return text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
}

/** SPDX ids that an expression such as `(MIT OR CC0-1.0)` names. */
export function licenceIds(expression: string): string[] {
  return (expression.match(/[\w.+-]+/g) ?? []).filter((word) => !['AND', 'OR', 'WITH'].includes(word))
}
