/** Has the browser save a file under a name. */
export function saveFile(file: Blob, name: string): void {
  // Of no type that a browser shows: the file is saved, and never opened as a document of this page's origin.
  const url = URL.createObjectURL(new Blob([file], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not at once: some browsers begin to read only after the click is over.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
