import { notifications } from '@mantine/notifications'
import { toApiError } from '../api/api-error.ts'

/** Tells in a corner of the screen that something was done. */
export const notifyDone = (message: string): void => {
  notifications.show({ message, color: 'teal', withBorder: true })
}

/** Makes a handler that tells in a corner of the screen what failed, and what to do. It stays until it is closed. */
export const notifyFailure =
  (title: string) =>
  (error: unknown): void => {
    const { message, hint } = toApiError(error)
    notifications.show({
      title,
      message: [message, hint].filter(Boolean).join('. '),
      color: 'red',
      withBorder: true,
      autoClose: false,
    })
  }
