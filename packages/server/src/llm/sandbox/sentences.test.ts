import { expect, test } from 'vitest'
import { splitSource } from './sentences.ts'

const textsOf = (text: string) => splitSource({ id: 'S1', title: 'Title', text }).map((sentence) => sentence.text)

test('a sentence that was wrapped at a margin is one sentence again', () => {
  expect(
    textsOf('We will mend your tool at half the fee from 1 to 28\nFebruary 2027. There are 300 places in\nall.'),
  ).toEqual(['We will mend your tool at half the fee from 1 to 28 February 2027.', 'There are 300 places in all.'])
})

test('a full stop after an abbreviation ends no sentence', () => {
  expect(textsOf('Bench repair of a No. 7 Rotary Grater is £18.')).toEqual([
    'Bench repair of a No. 7 Rotary Grater is £18.',
  ])
})

test('items of a list stay apart, and what is wrapped below one belongs to it', () => {
  expect(textsOf('- Undo the top nut and\n  empty the mill\n- Leave the parts overnight')).toEqual([
    'Undo the top nut and empty the mill.',
    'Leave the parts overnight.',
  ])
})

test('a line in capitals is a heading and not a sentence', () => {
  const [sentence, ...rest] = splitSource({
    id: 'S1',
    title: 'T',
    text: 'REPAIR MONTH: 300 PLACES LEFT\nBooking opens on Monday.',
  })
  expect(sentence).toMatchObject({ text: 'Booking opens on Monday.', heading: 'REPAIR MONTH: 300 PLACES LEFT' })
  expect(rest).toEqual([])
})

test('code is no sentence, and a name from a program keeps its small letter', () => {
  const text =
    "const log = require('log') const fast = log({ level: 30, sync: false }).\n\npino.destination writes to a file or a stream. Use jq: $ node app.js | jq 'select(.level == 50)'."
  expect(splitSource({ id: 'S1', title: 'Docs', text }).map((sentence) => sentence.text)).toEqual([
    'pino.destination writes to a file or a stream.',
  ])
})
