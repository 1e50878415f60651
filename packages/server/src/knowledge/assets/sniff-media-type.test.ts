import { expect, test } from 'vitest'
import { hostileSvg, sampleFiles } from '../../../test/sample-files.ts'
import { fileNameOf, isTrueOf } from './media-types.ts'
import { sniffMediaType } from './sniff-media-type.ts'

test('each kind of file is told by its own bytes', () => {
  for (const [mediaType, bytes] of Object.entries(sampleFiles)) expect(sniffMediaType(bytes)).toBe(mediaType)
  expect(sniffMediaType(hostileSvg)).toBe('image/svg+xml')
})

test('what is none of them, or only looks like one, is nothing', () => {
  const none = [
    '',
    'x',
    '<html><svg></svg></html>',
    '<!-- <svg> --><html>',
    '<svgx>',
    'text <svg>',
    'RIFF\u0010\u0000\u0000\u0000WAVEfmt ',
    '\u0000\u0000\u0000\u0018ftypqt  ',
    '\u0000\u0000\u0000\u0018ftypavif',
    'MZ\u0090',
    'PK\u0003\u0004',
    ' %PDF-1.7',
    `${' '.repeat(70_000)}<svg>`,
  ]
  for (const text of none) expect(sniffMediaType(Buffer.from(text, 'latin1')), text.slice(0, 40)).toBeUndefined()
  // UTF-16, which a browser would read and this does not.
  expect(sniffMediaType(Buffer.from('\ufeff<svg/>', 'utf16le'))).toBeUndefined()
})

test('a file that is all comments takes no time', () => {
  const started = performance.now()
  expect(sniffMediaType(Buffer.from('<!---->'.repeat(1_000_000)))).toBeUndefined()
  expect(sniffMediaType(Buffer.from(`<!DOCTYPE ${'x'.repeat(8_000_000)}`))).toBeUndefined()
  expect(performance.now() - started).toBeLessThan(2_000)
})

test('what an upload says is true under every name of the type, and no other', () => {
  expect(isTrueOf('image/jpeg', 'image/JPG; charset=binary')).toBe(true)
  expect(isTrueOf('font/ttf', 'font/sfnt')).toBe(true)
  expect(isTrueOf('image/svg+xml', '')).toBe(true)
  expect(isTrueOf('image/svg+xml', 'application/octet-stream')).toBe(true)
  expect(isTrueOf('image/svg+xml', 'image/png')).toBe(false)
  expect(isTrueOf('image/png', 'text/html')).toBe(false)
})

test('a download ends as what it is', () => {
  expect(fileNameOf('Logo.PNG', 'image/png')).toBe('Logo.PNG')
  expect(fileNameOf('photo.jpeg', 'image/jpeg')).toBe('photo.jpeg')
  expect(fileNameOf('logo.html', 'image/png')).toBe('logo.html.png')
  expect(fileNameOf('logo', 'image/svg+xml')).toBe('logo.svg')
})
