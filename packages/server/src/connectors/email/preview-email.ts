import type { ActionPreview } from '../spec.ts'
import type { EmailSettings, SendEmailInput } from './schemas.ts'

/** A message as a person reads it before it is sent: its headers, its text, and the source of its HTML. */
export function previewEmail(input: SendEmailInput, settings: EmailSettings): ActionPreview {
  const { name, address } = input.from ?? settings.from
  const headers = [
    `From: ${name === '' ? address : `${name} <${address}>`}`,
    `To: ${input.to.join(', ')}`,
    ...(input.replyTo === undefined ? [] : [`Reply-To: ${input.replyTo}`]),
    `Subject: ${input.subject}`,
    ...Object.entries(input.headers ?? {}).map(([key, value]) => `${key}: ${value}`),
    ...(input.unsubscribeUrl === undefined ? [] : [`List-Unsubscribe: <${input.unsubscribeUrl}>`]),
  ]
  const html = input.html === undefined ? [] : ['', '--- HTML ---', input.html]
  return {
    title: `Send “${input.subject}” to ${input.to.length === 1 ? input.to[0] : `${input.to.length} people`}`,
    recipients: input.to,
    body: [...headers, '', input.text, ...html].join('\n'),
  }
}
