/** What an email says, before it has a form. */
export interface EmailParts {
  readonly subject: string
  readonly preheader: string
  readonly paragraphs: readonly string[]
  readonly callToAction: { readonly label: string; readonly url: string } | undefined
  readonly sender: { readonly name: string; readonly website: string | undefined }
  /** BCP 47 tag. */
  readonly language: string
}

/** The plain text alternative: paragraphs, the link on a line of its own, and who writes. */
export function renderEmailText({ paragraphs, callToAction, sender }: EmailParts): string {
  return [
    ...paragraphs,
    ...(callToAction ? [`${callToAction.label}: ${callToAction.url}`] : []),
    ['--', sender.name, sender.website].filter((line) => line !== undefined).join('\n'),
  ].join('\n\n')
}

/**
 * The same as HTML that mail clients agree on: one column, inline styles, no images, no scripts. Clients show the
 * preheader beside the subject; in the message itself it is hidden. All text is escaped.
 */
export function renderEmailHtml({
  subject,
  preheader,
  paragraphs,
  callToAction,
  sender,
  language,
}: EmailParts): string {
  const paragraph = (text: string) => `<p style="margin:0 0 16px">${escapeHtml(text)}</p>`
  const button = callToAction
    ? [
        `<p style="margin:24px 0"><a href="${escapeHtml(callToAction.url)}" style="display:inline-block;padding:12px 20px;` +
          `background:#1f2937;color:#ffffff;text-decoration:none;border-radius:4px">${escapeHtml(callToAction.label)}</a></p>`,
      ]
    : []
  const website =
    sender.website === undefined
      ? ''
      : ` · <a href="${escapeHtml(sender.website)}" style="color:#6b7280">${escapeHtml(sender.website)}</a>`
  return [
    '<!doctype html>',
    `<html lang="${escapeHtml(language)}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>`,
    '<body style="margin:0;padding:24px;background:#ffffff;color:#111827;font:16px/1.5 Arial,sans-serif">',
    `<div style="display:none;max-height:0;overflow:hidden">${escapeHtml(preheader)}</div>`,
    '<div style="max-width:600px;margin:0 auto">',
    ...paragraphs.map(paragraph),
    ...button,
    `<p style="margin:32px 0 0;color:#6b7280;font-size:13px">${escapeHtml(sender.name)}${website}</p>`,
    '</div>',
    '</body>',
    '</html>',
  ].join('\n')
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
