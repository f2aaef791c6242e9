import { expect, test } from 'vitest'
import { detectLicences, licenceIds } from '../../src/demo/licence-texts.ts'

const bsd2 = `Redistribution and use in source and binary forms, with or without modification, are permitted`
const iscGrant = `Permission to use, copy, modify, and/or distribute this software
for any purpose with or without fee is hereby granted`
const apacheNotice = 'Unless required by applicable law or agreed to in writing, software'
const mitGrant = `Permission is hereby granted, free of charge, to any person obtaining a
copy of this software and associated documentation files (the "Software")`

test.each([
  [['BSD-2-Clause'], bsd2],
  [
    ['BSD-3-Clause'],
    `${bsd2}. Neither the name of X may be used to endorse or promote products\nderived from this software`,
  ],
  [['0BSD'], `${iscGrant}.`],
  [['ISC'], `// ${iscGrant.replaceAll('\n', '\n// ')}, provided that the above\n// copyright notice appears`],
  [['MIT'], `${mitGrant}: **The above copyright notice and this permission notice** shall be included`],
  [['MIT-0'], mitGrant],
  [['Apache-2.0'], `Apache License\n        Version 2.0, January 2004 … ${apacheNotice}`],
  [[], 'It was MIT and is now under the Apache License, Version 2.0 (see LICENSE)'],
  [['MPL-2.0'], 'Mozilla Public License Version 2.0\n=====\n'],
  [['Unlicense'], 'This is free and unencumbered software released into the public domain.'],
  [['CC0-1.0'], 'Creative Commons Legal Code\n\nCC0 1.0 Universal'],
  [['PostgreSQL'], 'for any purpose, without fee, and without a written agreement is hereby granted'],
  [['BlueOak-1.0.0'], '# Blue Oak Model License\nVersion 1.0.0'],
  [['Python-2.0'], 'PYTHON SOFTWARE FOUNDATION LICENSE VERSION 2'],
  [
    ['Apache-2.0', 'MIT'],
    `Licensed under the Apache License, Version 2.0. ${apacheNotice} ${mitGrant} The above copyright notice and this permission notice`,
  ],
  [[], 'All rights reserved. You may look at it.'],
  [[], ''],
])('%j', (ids, text) => {
  expect(detectLicences(text)).toEqual(ids)
})

test.each([
  ['MIT', ['MIT']],
  ['(MIT OR CC0-1.0)', ['MIT', 'CC0-1.0']],
  ['Apache-2.0 WITH LLVM-exception AND BSD-3-Clause', ['Apache-2.0', 'LLVM-exception', 'BSD-3-Clause']],
  ['', []],
])('%j names %j', (expression, ids) => {
  expect(licenceIds(expression)).toEqual(ids)
})
