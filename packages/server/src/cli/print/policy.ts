import type { PolicyRules } from '@neonhub/contract'

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** A policy in words, a line for each rule. */
export function formatRules({ tools, recipients, sendWindow, caps, approvals }: PolicyRules): readonly string[] {
  const lines = [
    ...(tools ? [`tools          ${tools.join(', ') || 'none'}`] : []),
    ...(recipients ?? []).map(({ tool, allow }) => `recipients     ${tool} to ${allow.join(', ')} alone`),
    ...(sendWindow?.hours ?? []).map(
      ({ days, from, to }) =>
        `send window    ${days.map((day) => dayNames[day - 1]).join(' ')} ${from}–${to} ${sendWindow?.timeZone}`,
    ),
    ...(caps ?? []).flatMap(({ tool, channel, perHour, perDay }) => [
      ...(perHour === undefined ? [] : [`cap            ${tool ?? channel}: ${perHour} recipients an hour`]),
      ...(perDay === undefined ? [] : [`cap            ${tool ?? channel}: ${perDay} recipients a day`]),
    ]),
    ...(approvals?.require ?? []).map((tool) => `approval       ${tool} always needs one`),
    ...(approvals?.fourEyes ?? []).map((tool) => `four eyes      ${tool} needs one of another person than who asked`),
    ...(approvals?.exempt ?? []).map(({ tool, recipients: to, whenTainted }) => {
      const tainted = whenTainted === true ? ', also once text from outside has come in' : ''
      return `no approval    ${tool}${to ? ` to ${to.join(', ')}` : ''}${tainted}`
    }),
  ]
  return lines.length > 0 ? lines : ['It changes nothing of what the code allows.']
}
