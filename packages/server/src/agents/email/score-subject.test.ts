import { expect, test } from 'vitest'
import { scoreSubject } from './score-subject.ts'

const voice = { rules: ['Never use an exclamation mark.'], avoid: ['premium'] }

test('a plain subject of fitting length keeps every rule', () => {
  expect(scoreSubject('Why a pepper mill seizes, and the cure', { voice, keywords: ['pepper mill'] })).toEqual({
    score: 100,
    faults: [],
  })
})

test('each fault costs points', () => {
  const faulty = [
    'FREE MILLS FOR EVERYBODY',
    'Act now on your mill parts',
    'Our premium mills are back',
    'Mills',
    'Mend your mill!',
    'x'.repeat(61),
  ]
  expect(faulty.filter((subject) => scoreSubject(subject, { voice }).score === 100)).toEqual([])
  expect(scoreSubject('Mend your tin opener today', { voice, keywords: ['pepper mill'] }).score).toBe(90)
})
